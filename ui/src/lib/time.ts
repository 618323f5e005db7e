/** The station's times are WIB wherever the screen stands; all functions take Unix milliseconds. */
import type { Language } from '../bindings/Language';

const ZONE = 'Asia/Jakarta';
const WIB_OFFSET_MS = 7 * 3_600_000;
const DAY_MS = 86_400_000;
const tags: Record<Language, string> = { id: 'id-ID', en: 'en-GB' };

function format(options: Intl.DateTimeFormatOptions): Record<Language, Intl.DateTimeFormat> {
  const make = (language: Language) => new Intl.DateTimeFormat(tags[language], { timeZone: ZONE, hour12: false, ...options });
  return { id: make('id'), en: make('en') };
}

const clockFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: ZONE, hour12: false, hour: '2-digit', minute: '2-digit', second: '2-digit',
});
const dateFormat = format({ day: 'numeric', month: 'short', year: 'numeric' });
const weekdayFormat = format({ weekday: 'long', day: 'numeric', month: 'long' });
const shortDayFormat = format({ day: 'numeric', month: 'short' });

/** `12:14:05`, in both languages: the receipt, the log and the screen show the same figures. */
export function clock(ms: number): string {
  return clockFormat.format(ms);
}

/** `12:14`. */
export function clockMinutes(ms: number): string {
  return clock(ms).slice(0, 5);
}

/** `21 Nov 2026`. */
export function date(ms: number, language: Language): string {
  return dateFormat[language].format(ms);
}

/** `Sabtu, 21 November`. */
export function weekday(ms: number, language: Language): string {
  return weekdayFormat[language].format(ms);
}

/** `21 Nov 2026, 12:14:05 WIB`. */
export function dateTime(ms: number, language: Language): string {
  return `${date(ms, language)}, ${clock(ms)} WIB`;
}

const wibYear = (ms: number): number => new Date(ms + WIB_OFFSET_MS).getUTCFullYear();

/** The clock alone for today, day and clock for another day of the list, and the year where it is not the running one. */
export function clockOrDay(ms: number, nowMs: number, language: Language): string {
  if (wibDay(ms) === wibDay(nowMs)) return clock(ms);
  if (wibYear(ms) !== wibYear(nowMs)) return `${date(ms, language)} ${clockMinutes(ms)}`;
  return `${shortDayFormat[language].format(ms)} ${clockMinutes(ms)}`;
}

const relative: Record<Language, Intl.RelativeTimeFormat> = {
  id: new Intl.RelativeTimeFormat('id-ID', { numeric: 'auto' }),
  en: new Intl.RelativeTimeFormat('en-GB', { numeric: 'auto' }),
};

/** How long ago, in words and days of WIB: `hari ini`, `kemarin`, `12 hari yang lalu`, then months of 30 days and years. */
export function ageWords(ms: number, nowMs: number, language: Language): string {
  const days = wibDay(ms) - wibDay(nowMs);
  if (days > -60) return relative[language].format(Math.min(days, 0), 'day');
  if (days > -730) return relative[language].format(Math.ceil(days / 30), 'month');
  return relative[language].format(Math.ceil(days / 365), 'year');
}

/** Days since 1970-01-01 in WIB: how the station names a day. */
export function wibDay(ms: number): number {
  return Math.floor((ms + WIB_OFFSET_MS) / DAY_MS);
}

/** Midnight WIB that began the day `daysBack` days before that of `ms`, in Unix milliseconds. */
export function dayStart(ms: number, daysBack = 0): number {
  return (wibDay(ms) - daysBack) * DAY_MS - WIB_OFFSET_MS;
}

/** Minutes after midnight WIB, 0 to 1439. */
export function wibMinutes(ms: number): number {
  return Math.floor(((ms + WIB_OFFSET_MS) % DAY_MS) / 60_000);
}

/** `07:30` for 450. */
export function minutesToClock(minutes: number): string {
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

/** 450 for `07:30`; `null` when it is no time of day. */
export function clockToMinutes(typed: string): number | null {
  const match = /^(\d{1,2})[:.](\d{2})$/.exec(typed.trim());
  if (!match) return null;
  const [hours, minutes] = [Number(match[1]), Number(match[2])];
  return hours < 24 && minutes < 60 ? hours * 60 + minutes : null;
}

const HOUR_S = 3_600;

/** Time that is left, as a clock that runs down: `9:47`, `23:59:56`; `0:00` when it is up. */
export function countdownText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  const pad = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / HOUR_S), Math.floor((seconds % HOUR_S) / 60)];
  if (hours === 0) return `${minutes}:${pad(seconds % 60)}`;
  return `${hours}:${pad(minutes)}:${pad(seconds % 60)}`;
}

/** Share of a span that is left, 0 to 1. */
export function shareLeft(fromMs: number, untilMs: number, nowMs: number): number {
  if (untilMs <= fromMs) return 0;
  return Math.min(1, Math.max(0, (untilMs - nowMs) / (untilMs - fromMs)));
}

/** `2026-11-23T10:14`, as the browser's field for a day and a time wants it, in WIB. */
export function toLocalInput(ms: number): string {
  return new Date(ms + WIB_OFFSET_MS).toISOString().slice(0, 16);
}

/** Unix milliseconds of such a field; `null` while it is not filled in. */
export function fromLocalInput(typed: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(typed)) return null;
  const ms = Date.parse(`${typed.slice(0, 16)}:00Z`);
  return Number.isNaN(ms) ? null : ms - WIB_OFFSET_MS;
}
