import { expect, it } from 'vitest';
import { quickCodes } from './codes';

it('the balance comes first, then what was asked last; answers and vouchers do not come back', () => {
  const turn = (text: string, ours = true) => ({ text, ours });
  const turns = [turn('*363#'), turn('1'), turn('*100*1234567890123456#'), turn('*888#'), turn('*999#', false), turn('*500#')];
  expect(quickCodes({ settings: { balance_code: '*889#' } } as never, turns)).toEqual(['*889#', '*500#', '*888#', '*363#', '*123#', '*111#']);
  expect(quickCodes({ settings: { balance_code: '' } } as never, [])).toEqual(['*888#', '*123#', '*111#']);
});
