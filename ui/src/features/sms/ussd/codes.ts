/** Codes that are a press away: the balance of this SIM, what was asked before, what operators usually have. Pure. */
import type { LineView } from '../../../bindings/LineView';
import type { UssdTurn } from '../../../bindings/UssdTurn';

const usual = ['*888#', '*123#', '*111#'];
const MOST = 8;

export function quickCodes(line: Pick<LineView, 'settings'>, turns: Pick<UssdTurn, 'ours' | 'text'>[]): string[] {
  // Answers to menus, and codes that load a voucher, are no code to press again.
  const asked = turns.filter((turn) => turn.ours && /^[*#][\d*#]{1,9}#$/.test(turn.text)).map((turn) => turn.text).reverse();
  return Array.from(new Set([line.settings.balance_code, ...asked, ...usual].filter(Boolean))).slice(0, MOST);
}
