import { expect, it } from 'vitest';
import { amountEms } from './amount_size';
import { draftAmount, eraseDigit, typeDigit } from './amount_draft';

it('types an amount without leading zeros and within nine digits', () => {
  expect(typeDigit('', '0')).toBe('');
  expect(typeDigit('', '000')).toBe('');
  expect(typeDigit('15', '000')).toBe('15000');
  expect(typeDigit('123456789', '0')).toBe('123456789');
  expect(eraseDigit('15')).toBe('1');
  expect(draftAmount('')).toBe(0);
  expect(draftAmount('15000')).toBe(15_000);
});

it('knows that more digits need more room', () => {
  expect(amountEms('12.500')).toBeLessThan(amountEms('125.000'));
  expect(amountEms('125.000')).toBeLessThan(amountEms('1.250.000'));
});
