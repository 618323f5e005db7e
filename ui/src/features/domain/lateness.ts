/** By how much a payment came late, in words. A figure that is only a bound is called one. Pure. */
import type { Language } from '../../bindings/Language';
import type { Lateness } from '../../bindings/Lateness';
import type { Outcome } from '../../bindings/Outcome';
import { m } from '../../paraglide/messages.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** From two of a unit on it is told in that unit: 119 s, then 2 min. */
const units = [
  { ms: DAY, word: m.late_days },
  { ms: HOUR, word: m.late_hours },
  { ms: MINUTE, word: m.late_minutes },
] as const;

/** `42 dtk`, `3 mnt`; a bound is rounded up, so that it stays one. */
export function lateFigure(ms: number, language: Language, bound: boolean): string {
  const round = bound ? Math.ceil : Math.floor;
  const unit = units.find((one) => ms >= 2 * one.ms);
  return unit ? unit.word({ count: round(ms / unit.ms) }, { locale: language }) : m.late_seconds({ count: round(ms / SECOND) }, { locale: language });
}

/** The same where `Telat` stands above it already. */
export function lateShort(outcome: Outcome, late: Lateness | null, language: Language): string {
  if (outcome === 'late' && late?.tap_ms != null) return m.late_up_to({ figure: lateFigure(late.tap_ms, language, true) }, { locale: language });
  return lateWords(outcome, late, language);
}

/** `terlambat 42 dtk`, `terlambat hingga 42 dtk`: a late tap by its wait, any other by its result. Empty: nobody knows. */
export function lateWords(outcome: Outcome, late: Lateness | null, language: Language): string {
  if (outcome === 'late' && late?.tap_ms != null) {
    return m.late_by_up_to({ figure: lateFigure(late.tap_ms, language, true) }, { locale: language });
  }
  if (late?.result_ms != null) return m.late_by({ figure: lateFigure(late.result_ms, language, false) }, { locale: language });
  return '';
}
