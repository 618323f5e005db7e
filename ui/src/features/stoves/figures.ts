/** Energy, power and time as a stove counts them: whole thousandths inside, the screen's own decimal sign outside. Pure. */
import type { Language } from '../../bindings/Language';
import { m } from '../../paraglide/messages.js';

const tags: Record<Language, string> = { id: 'id-ID', en: 'en-US' };

function fixed(places: number): Record<Language, Intl.NumberFormat> {
  const make = (language: Language) => new Intl.NumberFormat(tags[language], { minimumFractionDigits: places, maximumFractionDigits: places });
  return { id: make('id'), en: make('en') };
}

const [one, two, three] = [fixed(1), fixed(2), fixed(3)];
const minus = (text: string) => text.replace('-', '−');

/** `184,372` for 184,372 thousandths of a kilowatt-hour; `–` where nothing is known. */
export const kwhText = (milli: number | null, language: Language): string => (milli === null ? '–' : minus(three[language].format(milli / 1_000)));

/** With one decimal: for charts and sums, where thousandths would be noise. */
export const kwhShort = (milli: number | null, language: Language): string => (milli === null ? '–' : minus(one[language].format(milli / 1_000)));

export const ampsText = (milli: number | null, language: Language): string => (milli === null ? '–' : three[language].format(milli / 1_000));

/** `0,98` for 98 hundredths. */
export const pfText = (centi: number | null, language: Language): string => (centi === null ? '–' : two[language].format(centi / 100));

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

/** A span in its largest whole unit: `4 menit`, `3 hari`. Two of a unit at least, so that little is lost. */
export function durationText(seconds: number, language: Language): string {
  const span = Math.abs(Math.round(seconds));
  const count = (unit: number) => new Intl.NumberFormat(tags[language]).format(Math.floor(span / unit));
  if (span >= 2 * DAY_S) return m.duration_days({ count: count(DAY_S) });
  if (span >= 2 * HOUR_S) return m.duration_hours({ count: count(HOUR_S) });
  if (span >= 2 * MINUTE_S) return m.duration_minutes({ count: count(MINUTE_S) });
  return m.duration_seconds({ count: count(1) });
}

/** Largest counter of the grammar: five digits before the point, three after it. */
const MOST_MILLI = 99_999_999;

/** Thousandths for what a person typed: `184,372`, `184.372`, `184`; `null` when it is no such figure. */
export function parseKwh(typed: string): number | null {
  const match = /^(\d{1,5})(?:[.,](\d{1,3}))?$/.exec(typed.trim());
  if (!match) return null;
  const milli = Number(match[1]) * 1_000 + Number((match[2] ?? '').padEnd(3, '0'));
  return milli <= MOST_MILLI ? milli : null;
}

/** The eleven digits of a stove's number, from an address that has lost its zeros. */
export const stoveOf = (id: number): string => String(id).padStart(11, '0');

export const isStoveNumber = (typed: string): boolean => /^\d{11}$/.test(typed.trim());
