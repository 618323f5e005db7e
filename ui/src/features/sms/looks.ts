/** How a message and a line stand: shape, colour and word of each state. */
import type { Language } from '../../bindings/Language';
import type { LineStatus } from '../../bindings/LineStatus';
import type { SmsClass } from '../../bindings/SmsClass';
import type { SmsState } from '../../bindings/SmsState';
import type { Glyph, Mood } from '../../components/StatusPill.svelte';
import { digits } from '../../lib/money';
import { m } from '../../paraglide/messages.js';

export interface Look {
  glyph: Glyph;
  mood: Mood;
  word: string;
}

const states: Record<SmsState, () => Look> = {
  scheduled: () => ({ glyph: 'clock', mood: 'muted', word: m.sms_state_scheduled() }),
  queued: () => ({ glyph: 'ring', mood: 'muted', word: m.sms_state_queued() }),
  held: () => ({ glyph: 'pause', mood: 'warn', word: m.sms_state_held() }),
  leased: () => ({ glyph: 'arc', mood: 'info', word: m.sms_state_leased() }),
  submitting: () => ({ glyph: 'half', mood: 'info', word: m.sms_state_submitting() }),
  sent: () => ({ glyph: 'target', mood: 'ok', word: m.sms_state_sent() }),
  in_doubt: () => ({ glyph: 'question', mood: 'warn', word: m.sms_state_in_doubt() }),
  delivered: () => ({ glyph: 'dot', mood: 'ok', word: m.sms_state_delivered() }),
  failed: () => ({ glyph: 'cross', mood: 'bad', word: m.sms_state_failed() }),
  expired: () => ({ glyph: 'hourglass', mood: 'bad', word: m.sms_state_expired() }),
  cancelled: () => ({ glyph: 'minus', mood: 'muted', word: m.sms_state_cancelled() }),
  lost: () => ({ glyph: 'slash', mood: 'bad', word: m.sms_state_lost() }),
};

export const smsStates = Object.keys(states) as SmsState[];
export const stateLook = (state: SmsState): Look => states[state]();

/** It has not left, and may still be taken back. */
export const mayCancel = (state: SmsState): boolean => ['scheduled', 'queued', 'held'].includes(state);

/** Nothing more will become of it. */
export const hasEnded = (state: SmsState): boolean => ['delivered', 'failed', 'expired', 'cancelled', 'lost'].includes(state);

/** A part of a message knows fewer states than the whole. */
export function partLook(state: string): Look {
  return state in states ? stateLook(state as SmsState) : { glyph: 'ring', mood: 'muted', word: state };
}

export const classWord = (kind: SmsClass): string => (kind === 'otp' ? 'OTP' : m.sms_class_normal());

const statuses: Record<LineStatus, () => Look> = {
  starting: () => ({ glyph: 'arc', mood: 'info', word: m.line_starting() }),
  ready: () => ({ glyph: 'dot', mood: 'ok', word: m.line_ready() }),
  searching: () => ({ glyph: 'half', mood: 'warn', word: m.line_searching() }),
  no_sim: () => ({ glyph: 'cross', mood: 'bad', word: m.line_no_sim() }),
  pin_wanted: () => ({ glyph: 'lock', mood: 'warn', word: m.line_pin_wanted() }),
  pin_wrong: () => ({ glyph: 'lock', mood: 'bad', word: m.line_pin_wrong() }),
  puk_wanted: () => ({ glyph: 'lock', mood: 'bad', word: m.line_puk_wanted() }),
  sim_swapped: () => ({ glyph: 'swap', mood: 'warn', word: m.line_sim_swapped() }),
  recovering: () => ({ glyph: 'arc', mood: 'warn', word: m.line_recovering() }),
  quarantined: () => ({ glyph: 'cross', mood: 'bad', word: m.line_quarantined() }),
  port_taken: () => ({ glyph: 'cross', mood: 'bad', word: m.line_port_taken() }),
  doubtful: () => ({ glyph: 'triangle', mood: 'warn', word: m.line_doubtful() }),
  absent: () => ({ glyph: 'ring', mood: 'muted', word: m.line_absent() }),
  off: () => ({ glyph: 'slash', mood: 'muted', word: m.line_off() }),
};

export const lineStatuses = Object.keys(statuses) as LineStatus[];
export const lineLook = (status: LineStatus): Look => statuses[status]();

/** It sends, perhaps not well. */
export const serves = (status: LineStatus): boolean => status === 'ready' || status === 'doubtful';

/** Somebody should look at it. A line that was switched off or unplugged is as somebody wanted it. */
export const isTrouble = (status: LineStatus): boolean => !['ready', 'starting', 'absent', 'off'].includes(status);

/** What is wrong with a line, and the next step, in the screen's language. */
const troubles: Partial<Record<LineStatus, { title: () => string; next: () => string }>> = {
  searching: { title: m.line_searching_title, next: m.line_searching_next },
  no_sim: { title: m.line_no_sim_title, next: m.line_no_sim_next },
  pin_wanted: { title: m.line_pin_wanted_title, next: m.line_pin_wanted_next },
  pin_wrong: { title: m.line_pin_wrong_title, next: m.line_pin_wrong_next },
  puk_wanted: { title: m.line_puk_wanted_title, next: m.line_puk_wanted_next },
  sim_swapped: { title: m.line_sim_swapped_title, next: m.line_sim_swapped_next },
  recovering: { title: m.line_recovering_title, next: m.line_recovering_next },
  quarantined: { title: m.line_quarantined_title, next: m.line_quarantined_next },
  port_taken: { title: m.line_port_taken_title, next: m.line_port_taken_next },
};

export function lineTrouble(status: LineStatus): { title: string; next: string } | null {
  const trouble = troubles[status];
  return trouble ? { title: trouble.title(), next: trouble.next() } : null;
}

/** Bars of five for a signal in dBm: −51 is the best that a modem tells, −113 none. */
export function signalLevel(dbm: number | null): number {
  if (dbm === null) return 0;
  return [-109, -95, -85, -75, -65].filter((least) => dbm >= least).length;
}

/** Messages that wait for a line are counted up to this many. */
const QUEUE_COUNTED = 10_000;

/** How many wait for a line, with a plus where counting stopped. */
export const lineQueue = (count: number, language: Language): string =>
  count < QUEUE_COUNTED ? digits(count, language) : `${digits(QUEUE_COUNTED, language)}+`;
