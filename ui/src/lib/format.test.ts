import { describe, expect, it } from 'vitest';
import { parseRupiah, privateBalance, rupiah } from './money';
import {
  ageWords, clock, clockMinutes, clockOrDay, clockToMinutes, countdownText, dateTime, dayStart, fromLocalInput, minutesToClock, shareLeft, toLocalInput, wibDay, wibMinutes,
} from './time';

describe('rupiah', () => {
  it('groups by the language', () => {
    expect(rupiah(1_250_000, 'id')).toBe('Rp\u00a01.250.000');
    expect(rupiah(1_250_000, 'en')).toBe('Rp\u00a01,250,000');
    expect(rupiah(0, 'id')).toBe('Rp\u00a00');
    expect(rupiah(-4_500, 'id')).toBe('−Rp\u00a04.500');
  });

  it('reads what people type', () => {
    for (const typed of ['15000', '15.000', '15,000', 'Rp 15.000', ' rp15000 ']) expect(parseRupiah(typed)).toBe(15_000);
    for (const typed of ['', 'abc', '-5', '1e3', '12x']) expect(parseRupiah(typed)).toBeNull();
  });

  it('shows as much of a balance as the setting allows', () => {
    expect(privateBalance(37_500, 'show', 'id')).toBe('Rp\u00a037.500');
    expect(privateBalance(37_500, 'last_three', 'id')).toBe('Rp\u00a0•••500');
    expect(privateBalance(1_007, 'last_three', 'id')).toBe('Rp\u00a0•••007');
    expect(privateBalance(37_500, 'hide', 'id')).toBeNull();
    expect(privateBalance(null, 'show', 'id')).toBeNull();
  });
});

describe('times of a list', () => {
  const now = Date.UTC(2026, 0, 2, 3);

  it('are the clock today, the day within the year, and with the year beyond it', () => {
    expect(clockOrDay(Date.UTC(2026, 0, 2, 1, 5, 6), now, 'id')).toBe('08:05:06');
    expect(clockOrDay(Date.UTC(2026, 0, 1, 1), now, 'id')).toBe('1 Jan 08:00');
    // The year turns in WIB: this is the last day of 2025 by seven hours.
    expect(clockOrDay(Date.UTC(2025, 11, 31, 16, 59), now, 'id')).toBe('31 Des 2025 23:59');
    expect(clockOrDay(Date.UTC(2025, 11, 31, 17), now, 'en')).toBe('1 Jan 00:00');
  });
});

describe('WIB', () => {
  const midnight = Date.UTC(2026, 10, 20, 17, 0, 0);

  it('is seven hours ahead of UTC wherever the screen stands', () => {
    expect(clock(midnight)).toBe('00:00:00');
    expect(clock(midnight - 1_000)).toBe('23:59:59');
    expect(clockMinutes(midnight + 12 * 3_600_000)).toBe('12:00');
    expect(wibDay(midnight)).toBe(wibDay(midnight - 1) + 1);
    expect(wibMinutes(midnight + 90 * 60_000)).toBe(90);
  });

  it('knows when a day began', () => {
    expect(dayStart(midnight)).toBe(midnight);
    expect(dayStart(midnight + 86_399_999)).toBe(midnight);
    expect(dayStart(midnight - 1)).toBe(midnight - 86_400_000);
    expect(dayStart(midnight + 1, 6)).toBe(midnight - 6 * 86_400_000);
  });

  it('writes dates in both languages', () => {
    expect(dateTime(midnight, 'id')).toBe('21 Nov 2026, 00:00:00 WIB');
    expect(dateTime(midnight, 'en')).toBe('21 Nov 2026, 00:00:00 WIB');
  });

  it('says ages in words, by days of WIB', () => {
    const now = Date.UTC(2026, 10, 23, 3);
    const ago = (days: number) => ageWords(now - days * 86_400_000, now, 'en');
    expect([ago(0), ago(1), ago(12), ago(59)]).toEqual(['today', 'yesterday', '12 days ago', '59 days ago']);
    expect([ago(60), ago(700), ago(800)]).toEqual(['2 months ago', '23 months ago', '2 years ago']);
    // 23.30 WIB of the day before is yesterday, although it is less than a day ago.
    expect(ageWords(Date.UTC(2026, 10, 22, 16, 30), now, 'id')).toBe('kemarin');
    // A clock that was set back makes nothing come from the future.
    expect(ageWords(now + 5 * 86_400_000, now, 'id')).toBe('hari ini');
  });

  it('reads and writes times of day', () => {
    expect(clockToMinutes('22:00')).toBe(1_320);
    expect(clockToMinutes('7.30')).toBe(450);
    expect(clockToMinutes('24:00')).toBeNull();
    expect(minutesToClock(450)).toBe('07:30');
  });
});

describe('time that is left', () => {
  it('runs down like a clock, and never below nothing', () => {
    expect([0, 41_000, 587_000, 86_396_000, 90_000_000, -5].map(countdownText)).toEqual(['0:00', '0:41', '9:47', '23:59:56', '25:00:00', '0:00']);
    expect(countdownText(400)).toBe('0:01');
  });

  it('is a share of the whole', () => {
    expect([0, 50, 100, 120].map((now) => shareLeft(0, 100, now))).toEqual([1, 0.5, 0, 0]);
    expect(shareLeft(100, 100, 50)).toBe(0);
  });

  it('a day and a time of a field are WIB', () => {
    const ms = Date.UTC(2026, 10, 23, 3, 14);
    expect(toLocalInput(ms)).toBe('2026-11-23T10:14');
    expect(fromLocalInput('2026-11-23T10:14')).toBe(ms);
    expect([fromLocalInput(''), fromLocalInput('2026-13-40T99:99')]).toEqual([null, null]);
  });
});
