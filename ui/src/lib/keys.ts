/** Rules for single-letter keys: never while typing, never under a dialog, and off where a person wants them off. */
import { stored } from './stored';

export const letterKeys = stored<boolean>('gerai.letter_keys', true, (value) => typeof value === 'boolean');

export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  return target instanceof HTMLElement && target.closest('input:not([type=radio], [type=checkbox]), select, textarea, [contenteditable]') !== null;
}

/** The letter of a shortcut, or `null` when this key press is none. */
export function shortcut(event: KeyboardEvent): string | null {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return null;
  if (isTyping(event) || document.querySelector('[role="dialog"], [role="menu"]')) return null;
  if (event.key.length === 1 && !letterKeys.read()) return null;
  return event.key;
}
