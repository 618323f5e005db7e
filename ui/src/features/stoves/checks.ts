/**
 * What was looked at in a reading, passed or not, as a short list for the card of the scan page. A flag belongs to one
 * check; what cannot be checked (no voltage in a QR code) is left out. Pure.
 */
import type { Language } from '../../bindings/Language';
import type { ReadingFlag } from '../../bindings/ReadingFlag';
import type { ReadingRow } from '../../bindings/ReadingRow';
import { digits } from '../../lib/money';
import { m } from '../../paraglide/messages.js';
import { flagSentence } from './flags';
import { kwhText, pfText } from './figures';
import { ruleWord, severityLook, worstFirst, type Look } from './looks';

export interface Check {
  key: string;
  look: Look;
  /** What was found, where it is worth a look. */
  sentence: string;
  /** The figure that was looked at. */
  figure: string;
}

interface Group {
  key: string;
  rules: string[];
  word: () => string;
  applies: (row: ReadingRow) => boolean;
  figure: (row: ReadingRow, language: Language) => string;
}

const groups: Group[] = [
  { key: 'counter', rules: ['counter_backwards', 'jump_too_large', 'zero_use', 'gap'], word: m.check_counter, applies: (row) => row.total !== null, figure: (row, language) => m.kwh({ value: kwhText(row.total, language) }) },
  { key: 'month', rules: ['month_above_total', 'month_differs_from_total', 'month_not_reset'], word: m.check_month, applies: (row) => row.month !== null, figure: (row, language) => m.kwh({ value: kwhText(row.month, language) }) },
  { key: 'voltage', rules: ['voltage_outside'], word: m.check_voltage, applies: (row) => row.volts !== null, figure: (row) => `${row.volts} V` },
  {
    key: 'power', rules: ['power_mismatch', 'power_factor_above_one'], word: m.check_power, applies: (row) => row.watts !== null && row.centi_pf !== null,
    figure: (row, language) => `${digits(row.watts ?? 0, language)} W · PF ${pfText(row.centi_pf, language)}`,
  },
  { key: 'clock', rules: ['time_in_future', 'clock_behind', 'time_before_2020'], word: m.check_clock, applies: (row) => row.t_ms !== null, figure: () => '' },
  { key: 'new', rules: ['conflict', 'time_not_increasing', 're_encoded', 'unknown_version'], word: m.check_new, applies: () => true, figure: () => '' },
];

export function checksOf(row: ReadingRow, language: Language): Check[] {
  const left = new Set<ReadingFlag>(row.flags);
  const found: Check[] = [];
  const tell = (key: string, flag: ReadingFlag) => found.push({ key, look: { ...severityLook(flag.severity), word: ruleWord(flag.rule) }, sentence: flagSentence(flag, language), figure: '' });

  for (const group of groups) {
    const flags = worstFirst(row.flags.filter((flag) => group.rules.includes(flag.rule)));
    for (const flag of flags) {
      left.delete(flag);
      tell(flag.rule, flag);
    }
    if (flags.length === 0 && group.applies(row)) found.push({ key: group.key, look: { glyph: 'check', mood: 'ok', word: group.word() }, sentence: '', figure: group.figure(row, language) });
  }
  for (const flag of left) tell(flag.rule, flag);
  return found;
}
