/** The amount that a cashier types on the counter: digits only, no leading zeros, bounded. Pure. */

/** More digits than any limit per tap: a card held on a key stops here. */
const MAX_DIGITS = 9;

export function typeDigit(draft: string, digit: string): string {
  if (draft === '' && /^0+$/.test(digit)) return '';
  const next = draft + digit;
  return next.length > MAX_DIGITS ? draft : next;
}

export function eraseDigit(draft: string): string {
  return draft.slice(0, -1);
}

export function draftAmount(draft: string): number {
  return draft === '' ? 0 : Number(draft);
}
