import { expect, it } from 'vitest';
import { lateFigure, lateShort, lateWords } from './lateness';

it('tells seconds, minutes, hours and days', () => {
  const told = (ms: number) => lateFigure(ms, 'en', false);
  expect([30_001, 119_999, 120_000, 7_199_000, 7_200_000, 172_800_000].map(told)).toEqual(['30 s', '119 s', '2 min', '119 min', '2 h', '2 d']);
  expect(lateFigure(42_000, 'id', false)).toBe('42 dtk');
});

it('a bound is rounded up, so that it stays one', () => {
  expect(lateFigure(42_001, 'en', true)).toBe('43 s');
  expect(lateFigure(121_000, 'en', true)).toBe('3 min');
});

it('a late tap is told by its wait, which is a bound; anything else by its result', () => {
  expect(lateWords('late', { tap_ms: 42_000, result_ms: 60_000 }, 'id')).toBe('terlambat hingga 42 dtk');
  expect(lateWords('late', { tap_ms: 42_000, result_ms: null }, 'en')).toBe('late by up to 42 s');
  expect(lateWords('ok', { tap_ms: null, result_ms: 42_900 }, 'id')).toBe('terlambat 42 dtk');
  expect(lateWords('ok', { tap_ms: null, result_ms: 42_900 }, 'en')).toBe('late by 42 s');
});

it('says it shorter under the word, and no less', () => {
  expect(lateShort('late', { tap_ms: 42_000, result_ms: null }, 'id')).toBe('hingga 42 dtk');
  expect(lateShort('ok', { tap_ms: null, result_ms: 42_000 }, 'en')).toBe('late by 42 s');
});

it('no figure is made up', () => {
  expect(lateWords('late', null, 'id')).toBe('');
  expect(lateWords('ok', { tap_ms: 12_000, result_ms: null }, 'id')).toBe('');
});
