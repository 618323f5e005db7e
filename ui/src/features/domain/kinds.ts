/** What a journal entry was, in words. */
import type { EntryKind } from '../../bindings/EntryKind';
import { m } from '../../paraglide/messages.js';

const words: Record<EntryKind, () => string> = {
  tap: m.kind_tap,
  cash_topup: m.kind_cash_topup,
  midtrans_topup: m.kind_midtrans_topup,
  adjustment: m.kind_adjustment,
  reversal: m.kind_reversal,
  fee: m.kind_fee,
};

export const kindWord = (kind: EntryKind): string => words[kind]();
