/** Days, months and years of a chart by the names the station gives them: the ones beside them, and how people say them. Pure. */
import type { ChartRange } from '../../../bindings/ChartRange';
import type { Language } from '../../../bindings/Language';

const tags: Record<Language, string> = { id: 'id-ID', en: 'en-GB' };

/** `2026-11-22`, `2026-11` or `2026` as numbers; what is missing is the first. */
function parts(at: string): [number, number, number] {
  const [year = 1970, month = 1, day = 1] = at.split('-').map(Number);
  return [year, month, day];
}

const pad = (value: number, places = 2) => String(value).padStart(places, '0');
const ofDate = (date: Date, range: ChartRange): string => {
  const [year, month, day] = [pad(date.getUTCFullYear(), 4), pad(date.getUTCMonth() + 1), pad(date.getUTCDate())];
  return range === 'year' ? year : range === 'month' ? `${year}-${month}` : `${year}-${month}-${day}`;
};

/** The period before or after. */
export function stepPeriod(at: string, range: ChartRange, by: -1 | 1): string {
  const [year, month, day] = parts(at);
  const [years, months, days] = [range === 'year' ? by : 0, range === 'month' ? by : 0, range === 'day' ? by : 0];
  return ofDate(new Date(Date.UTC(year + years, month - 1 + months, day + days)), range);
}

/** `Sabtu, 22 November 2026`, `November 2026`, `2026`. */
export function periodWords(at: string, range: ChartRange, language: Language): string {
  const [year, month, day] = parts(at);
  if (range === 'year') return String(year);
  const options: Intl.DateTimeFormatOptions = range === 'month' ? { month: 'long', year: 'numeric' } : { weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' };
  return new Intl.DateTimeFormat(tags[language], { timeZone: 'UTC', ...options }).format(Date.UTC(year, month - 1, day));
}

/** Under a bar: `Nov` in a year, `22` in a month. */
export function barLabel(period: string, language: Language): string {
  const [year, month, day] = parts(period);
  if (period.length > 7) return String(day);
  return new Intl.DateTimeFormat(tags[language], { timeZone: 'UTC', month: 'short' }).format(Date.UTC(year, month - 1, 1));
}

/** What a bar is of, in full. */
export const barWords = (period: string, language: Language): string => periodWords(period, period.length > 7 ? 'day' : 'month', language);

/** The running WIB month of a moment, `2026-11`. */
export const monthOf = (ms: number): string => new Date(ms + 7 * 3_600_000).toISOString().slice(0, 7);

/** `November` for `2026-11`. */
export function monthName(month: string, language: Language): string {
  const [year, at] = parts(month);
  return new Intl.DateTimeFormat(tags[language], { timeZone: 'UTC', month: 'long' }).format(Date.UTC(year, at - 1, 1));
}
