/** Verdicts, flags, standings and states of stove readings: shape, colour and word of each. */
import type { FlagSeverity } from '../../bindings/FlagSeverity';
import type { ForwardState } from '../../bindings/ForwardState';
import type { ReadingFlag } from '../../bindings/ReadingFlag';
import type { ReadingRow } from '../../bindings/ReadingRow';
import type { ReadingSource } from '../../bindings/ReadingSource';
import type { ReadingStanding } from '../../bindings/ReadingStanding';
import type { StoveSignature } from '../../bindings/StoveSignature';
import type { Glyph, Mood } from '../../components/StatusPill.svelte';
import { m } from '../../paraglide/messages.js';

export interface Look {
  glyph: Glyph;
  mood: Mood;
  word: string;
}

interface Verdict {
  look: () => Look;
  title: () => string;
  text: () => string;
}

const verdicts: Record<StoveSignature, Verdict> = {
  valid: { look: () => ({ glyph: 'check', mood: 'ok', word: m.sig_valid() }), title: m.sig_valid_title, text: m.sig_valid_text },
  valid_previous_key: { look: () => ({ glyph: 'check', mood: 'ok', word: m.sig_valid_previous_key() }), title: m.sig_valid_previous_key_title, text: m.sig_valid_previous_key_text },
  valid_pending_key: { look: () => ({ glyph: 'check', mood: 'ok', word: m.sig_valid_pending_key() }), title: m.sig_valid_pending_key_title, text: m.sig_valid_pending_key_text },
  demo_key: { look: () => ({ glyph: 'cross', mood: 'bad', word: m.sig_demo_key() }), title: m.sig_demo_key_title, text: m.sig_demo_key_text },
  invalid: { look: () => ({ glyph: 'cross', mood: 'bad', word: m.sig_invalid() }), title: m.sig_invalid_title, text: m.sig_invalid_text },
  unknown_stove: { look: () => ({ glyph: 'question', mood: 'muted', word: m.sig_unknown_stove() }), title: m.sig_unknown_stove_title, text: m.sig_unknown_stove_text },
};

export const signatures = Object.keys(verdicts) as StoveSignature[];
export const signatureLook = (signature: StoveSignature): Look => verdicts[signature].look();
export const signatureTitle = (signature: StoveSignature): string => verdicts[signature].title();
export const signatureText = (signature: StoveSignature): string => verdicts[signature].text();

const standings: Record<ReadingStanding, () => Look> = {
  raw: () => ({ glyph: 'ring', mood: 'muted', word: m.standing_raw() }),
  validated: () => ({ glyph: 'check', mood: 'ok', word: m.standing_validated() }),
  estimated: () => ({ glyph: 'half', mood: 'info', word: m.standing_estimated() }),
  edited: () => ({ glyph: 'swap', mood: 'info', word: m.standing_edited() }),
};

export const readingStandings = Object.keys(standings) as ReadingStanding[];
export const standingLook = (standing: ReadingStanding): Look => standings[standing]();

const forwards: Record<ForwardState, () => Look> = {
  queued: () => ({ glyph: 'ring', mood: 'muted', word: m.fstate_queued() }),
  sending: () => ({ glyph: 'half', mood: 'info', word: m.fstate_sending() }),
  accepted: () => ({ glyph: 'dot', mood: 'ok', word: m.fstate_accepted() }),
  rejected: () => ({ glyph: 'cross', mood: 'bad', word: m.fstate_rejected() }),
  dead: () => ({ glyph: 'hourglass', mood: 'bad', word: m.fstate_dead() }),
};

export const forwardStates = Object.keys(forwards) as ForwardState[];
export const forwardLook = (state: ForwardState | null): Look => (state === null ? { glyph: 'minus', mood: 'muted', word: m.fstate_none() } : forwards[state]());

const sources: Record<ReadingSource, () => string> = {
  webcam: m.source_webcam,
  image: m.source_image,
  paste: m.source_paste,
  bluetooth: m.source_bluetooth,
  http: m.source_http,
};

export const readingSources = Object.keys(sources) as ReadingSource[];
export const sourceWord = (source: ReadingSource): string => sources[source]();

const severities: Record<FlagSeverity, () => Look> = {
  notice: () => ({ glyph: 'minus', mood: 'muted', word: m.severity_notice() }),
  warning: () => ({ glyph: 'triangle', mood: 'warn', word: m.severity_warning() }),
  alarm: () => ({ glyph: 'cross', mood: 'bad', word: m.severity_alarm() }),
};
const ranks: Record<FlagSeverity, number> = { notice: 0, warning: 1, alarm: 2 };

export const severityLook = (severity: FlagSeverity): Look => severities[severity]();

const rules: Record<string, () => string> = {
  power_factor_above_one: m.flag_power_factor_above_one,
  power_mismatch: m.flag_power_mismatch,
  voltage_outside: m.flag_voltage_outside,
  month_above_total: m.flag_month_above_total,
  time_before_2020: m.flag_time_before_2020,
  time_in_future: m.flag_time_in_future,
  clock_behind: m.flag_clock_behind,
  unknown_version: m.flag_unknown_version,
  re_encoded: m.flag_re_encoded,
  counter_backwards: m.flag_counter_backwards,
  jump_too_large: m.flag_jump_too_large,
  month_differs_from_total: m.flag_month_differs_from_total,
  month_not_reset: m.flag_month_not_reset,
  conflict: m.flag_conflict,
  time_not_increasing: m.flag_time_not_increasing,
  gap: m.flag_gap,
  zero_use: m.flag_zero_use,
};

export const flagRules = Object.keys(rules);
/** A newer station may know rules that this page does not. */
export const ruleWord = (rule: string): string => rules[rule]?.() ?? rule.replaceAll('_', ' ');

/** The worst flag first. */
export const worstFirst = (flags: ReadingFlag[]): ReadingFlag[] => [...flags].sort((one, other) => ranks[other.severity] - ranks[one.severity]);

/** The quality of a reading in one pill: good, or its worst flag and how many more there are. */
export function qualityLook(flags: ReadingFlag[]): Look {
  const [worst, ...others] = worstFirst(flags);
  if (!worst) return { glyph: 'check', mood: 'ok', word: m.quality_good() };
  const word = ruleWord(worst.rule);
  return { ...severityLook(worst.severity), word: others.length > 0 ? m.quality_more({ word, count: others.length }) : word };
}

/** Both verdicts in one pill, where there is room for one only: a signature that is none comes first. */
export function verdictLook(row: Pick<ReadingRow, 'signature' | 'flags'>): Look {
  const signature = signatureLook(row.signature);
  return signature.mood === 'bad' ? signature : qualityLook(row.flags);
}

/** Flags that a person should look at. */
export const toLookAt = (flags: ReadingFlag[]): number => flags.filter((flag) => flag.severity !== 'notice').length;

const faults: Record<string, () => string> = {
  token_empty: m.tokfault_empty,
  token_too_long: m.tokfault_too_long,
  token_not_ascii: m.tokfault_not_ascii,
  token_link_broken: m.tokfault_link_broken,
  token_parts: m.tokfault_parts,
  token_base64: m.tokfault_base64,
  token_cut_off: m.tokfault_cut_off,
  token_trailing_bits: m.tokfault_trailing_bits,
  token_header: m.tokfault_header,
  token_signature_length: m.tokfault_signature_length,
  token_payload_byte: m.tokfault_payload_byte,
  token_field_count: m.tokfault_field_count,
  token_field: m.tokfault_field,
};

export const faultCodes = Object.keys(faults);
/** What is wrong with a code that is none; the station's own words where this page has no others. */
export const faultWords = (code: string, message: string): string => faults[code]?.() ?? message;

/** Bars of five for Bluetooth: −50 dBm is arm's length, below −95 hardly anything gets through. */
export function radioLevel(dbm: number | null): number {
  if (dbm === null) return 0;
  return [-95, -85, -75, -65, -55].filter((least) => dbm >= least).length;
}
