/** What a flag found, with its figures in words. Figures that are missing, or no numbers, leave the rule's name alone. */
import type { Language } from '../../bindings/Language';
import type { ReadingFlag } from '../../bindings/ReadingFlag';
import { digits } from '../../lib/money';
import { dateTime } from '../../lib/time';
import { m } from '../../paraglide/messages.js';
import { durationText, kwhText, pfText } from './figures';
import { ruleWord } from './looks';

type Words = (figures: Figures) => string;

/** Reads figures by name; what is not there makes the sentence void. */
class Figures {
  whole = true;

  constructor(
    private readonly told: ReadingFlag['figures'],
    private readonly language: Language,
  ) {}

  text(name: string): string {
    const value = this.told[name];
    if (value === undefined || value === '') this.whole = false;
    return value ?? '';
  }

  number(name: string): number {
    const value = Number(this.text(name));
    if (!Number.isFinite(value)) this.whole = false;
    return Number.isFinite(value) ? value : 0;
  }

  kwh = (name: string): string => kwhText(this.number(name), this.language);
  watts = (name: string): string => digits(Math.round(this.number(name) / 1_000), this.language);
  span = (name: string): string => durationText(this.number(name), this.language);
  time = (name: string): string => dateTime(this.number(name) * 1_000, this.language);
  pf = (name: string): string => pfText(this.number(name), this.language);
}

const sentences: Record<string, Words> = {
  power_factor_above_one: (f) => m.flag_power_factor_above_one_text({ pf: f.pf('centi_pf') }),
  power_mismatch: (f) => m.flag_power_mismatch_text({ told: f.watts('told_mw'), computed: f.watts('computed_mw') }),
  voltage_outside: (f) => m.flag_voltage_outside_text({ volts: f.number('volts') }),
  month_above_total: (f) => m.flag_month_above_total_text({ month: f.kwh('month'), total: f.kwh('total') }),
  time_before_2020: (f) => m.flag_time_before_2020_text({ time: f.time('t') }),
  time_in_future: (f) => m.flag_time_in_future_text({ duration: f.span('ahead_s') }),
  clock_behind: (f) => m.flag_clock_behind_text({ duration: f.span('behind_s') }),
  unknown_version: (f) => m.flag_unknown_version_text({ version: f.text('version') }),
  re_encoded: () => m.flag_re_encoded_text(),
  counter_backwards: (f) => m.flag_counter_backwards_text({ previous: f.kwh('previous'), total: f.kwh('total') }),
  jump_too_large: (f) => m.flag_jump_too_large_text({ used: f.kwh('used'), possible: f.kwh('possible'), duration: f.span('seconds') }),
  month_differs_from_total: (f) => m.flag_month_differs_from_total_text({ by_total: f.kwh('by_total'), by_month: f.kwh('by_month') }),
  month_not_reset: (f) => m.flag_month_not_reset_text({ month: f.kwh('month'), used: f.kwh('used') }),
  conflict: () => m.flag_conflict_text(),
  time_not_increasing: (f) => m.flag_time_not_increasing_text({ time: f.time('newest') }),
  gap: (f) => m.flag_gap_text({ duration: f.span('seconds'), allowed: f.span('allowed_s') }),
  zero_use: (f) => m.flag_zero_use_text({ duration: f.span('seconds') }),
};

export const flagSentence = (flag: ReadingFlag, language: Language): string => {
  const figures = new Figures(flag.figures, language);
  const sentence = sentences[flag.rule]?.(figures);
  if (sentence !== undefined && figures.whole) return sentence;
  // Whatever a newer station tells is better than nothing.
  const told = Object.entries(flag.figures).map(([name, value]) => `${name} ${value}`);
  return [ruleWord(flag.rule), ...told].join(' · ');
};
