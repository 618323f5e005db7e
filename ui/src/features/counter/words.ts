/** The texts of every counter state, each in any language: a screen may show both at once. */
import type { CounterResult } from '../../bindings/CounterResult';
import type { Language } from '../../bindings/Language';
import { clock } from '../../lib/time';
import { m } from '../../paraglide/messages.js';
import type { CounterKind, ResultKind } from './state';

/** A text that can be asked for in a given language. */
export type Line = (language: Language) => string;

type Message = (inputs?: object, options?: { locale?: Language }) => string;
const line = (message: Message): Line => (language) => message({}, { locale: language });

export interface Words {
  word: Line;
  /** The reassurance or the warning under the word. */
  strong: Line | null;
  /** What to do next. */
  hint: Line | null;
}

const notCharged = line(m.counter_not_charged);

const resultWords: Record<ResultKind, (result: CounterResult | null) => Words> = {
  success: () => ({ word: line(m.counter_success), strong: null, hint: null }),
  low: () => ({ word: line(m.counter_low), strong: notCharged, hint: line(m.counter_hint_low) }),
  unknown: () => ({ word: line(m.counter_unknown), strong: notCharged, hint: line(m.counter_hint_unknown) }),
  frozen: () => ({ word: line(m.counter_frozen), strong: notCharged, hint: line(m.counter_hint_frozen) }),
  lost: () => ({ word: line(m.counter_lost), strong: notCharged, hint: line(m.counter_hint_lost) }),
  limit: () => ({ word: line(m.counter_limit), strong: notCharged, hint: line(m.counter_hint_limit) }),
  dup: (result) => ({ word: line(m.counter_dup), strong: line(m.counter_not_charged_again), hint: firstPaid(result) }),
  late: () => ({ word: line(m.counter_late), strong: notCharged, hint: line(m.counter_hint_late) }),
  unarmed: () => ({ word: line(m.counter_unarmed), strong: notCharged, hint: line(m.counter_hint_unarmed) }),
  auth: () => ({ word: line(m.counter_auth), strong: notCharged, hint: line(m.counter_hint_auth) }),
  err: () => ({ word: line(m.counter_err), strong: notCharged, hint: line(m.counter_hint_err) }),
};

function firstPaid(result: CounterResult | null): Line {
  const firstMs = result?.first_ms ?? null;
  if (firstMs === null) return line(m.counter_hint_dup_plain);
  return (language) => m.counter_hint_dup({ time: clock(firstMs) }, { locale: language });
}

/** `offlineSinceMs` is only read for the offline state. */
export function wordsFor(kind: CounterKind, result: CounterResult | null, fixedPrice: boolean, offlineSinceMs: number): Words {
  switch (kind) {
    case 'connecting':
      return { word: line(m.counter_connecting), strong: null, hint: null };
    case 'unreachable':
      return { word: line(m.counter_unreachable), strong: line(m.counter_no_cards), hint: line(m.counter_hint_unreachable) };
    case 'stopped':
      return { word: line(m.counter_stopped), strong: line(m.counter_no_cards), hint: line(m.counter_hint_stopped) };
    case 'offline':
      return {
        word: line(m.counter_offline),
        strong: line(m.counter_do_not_tap),
        hint: (language) => m.counter_hint_offline({ time: clock(offlineSinceMs) }, { locale: language }),
      };
    case 'reading':
      return { word: line(m.counter_reading), strong: null, hint: line(m.counter_hint_reading) };
    case 'again':
      return { word: line(m.counter_again), strong: null, hint: line(m.counter_hint_again) };
    case 'typing':
      return { word: line(m.counter_typing), strong: null, hint: null };
    case 'armed':
      return { word: line(m.counter_tap), strong: null, hint: null };
    case 'idle':
      return fixedPrice
        ? { word: line(m.counter_tap), strong: null, hint: null }
        : { word: line(m.counter_waiting), strong: null, hint: line(m.counter_hint_waiting) };
    default:
      return resultWords[kind](result);
  }
}

const shortMessages: Record<ResultKind, Message> = {
  success: m.counter_short_success, low: m.counter_short_low, unknown: m.counter_short_unknown,
  frozen: m.counter_short_frozen, lost: m.counter_short_lost, limit: m.counter_short_limit,
  dup: m.counter_short_dup, late: m.counter_short_late, unarmed: m.counter_short_unarmed,
  auth: m.counter_short_auth, err: m.counter_short_err,
};

/** One or two words for the cashier's strip. */
export const shortWord = (kind: ResultKind, language: Language): string => line(shortMessages[kind])(language);

/** The figure that helps at this state, with its label: paid, missing, left under the limit, to be paid. */
export interface Figure {
  label: Line | null;
  amount: number;
}

export function figureFor(kind: CounterKind, result: CounterResult | null, toPay: number | null): Figure | null {
  if (kind === 'success' && result) return { label: null, amount: result.amount };
  if (kind === 'low' && result?.shortfall != null) return { label: line(m.counter_label_short), amount: result.shortfall };
  if (kind === 'limit' && result?.limit_left != null) return { label: line(m.counter_label_limit), amount: result.limit_left };
  if (kind === 'typing') return { label: line(m.counter_label_amount), amount: toPay ?? 0 };
  if ((kind === 'armed' || kind === 'reading') && toPay !== null) return { label: line(m.counter_label_total), amount: toPay };
  return null;
}
