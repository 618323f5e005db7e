import { expect, it } from 'vitest';
import { canAnswer, withGaps } from './words';

it('a missing part is set apart, wherever it is missing', () => {
  expect(withGaps('a […] b')).toEqual([{ text: 'a ', gap: false }, { text: '[…]', gap: true }, { text: ' b', gap: false }]);
  expect(withGaps('[…]b')).toEqual([{ text: '[…]', gap: true }, { text: 'b', gap: false }]);
  expect(withGaps('whole')).toEqual([{ text: 'whole', gap: false }]);
  expect(withGaps('')).toEqual([]);
});

it('letters, short codes and nobody can not be answered', () => {
  expect(['+62 812 •••• 4417', 'Telkomsel', '888', '', 'GoPay'].map(canAnswer)).toEqual([true, false, false, false, false]);
});
