/** What is wrong with the settings of a line, by field, before they are sent. The station checks again. Pure. */
import type { LineSettings } from '../../../bindings/LineSettings';

export type LineProblem = 'name' | 'number' | 'prefix' | 'gap' | 'bits' | 'apn';

/** Baud rates that a serial port has; 0 finds it by trying. */
export const bauds = [0, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600];

const isCount = (value: number) => Number.isInteger(value) && value >= 0;
const isPrefix = (text: string) => /^\d{0,15}$/.test(text);

/** Dotted names of fields (`limits.per_day`, `tariff.2.price`) with what is wrong. */
export function problemsOf(settings: LineSettings): Map<string, LineProblem> {
  const found = new Map<string, LineProblem>();
  const note = (field: string, wrong: boolean, problem: LineProblem) => wrong && !found.has(field) && found.set(field, problem);

  const length = [...settings.name.trim()].length;
  note('name', length < 1 || length > 40, 'name');
  note('prefixes', !settings.prefixes.every(isPrefix), 'prefix');
  for (const [name, value] of Object.entries(settings.limits)) note(`limits.${name}`, !isCount(value), 'number');
  note('limits.gap_max_ms', settings.limits.gap_max_ms < settings.limits.gap_min_ms, 'gap');
  for (const name of ['balance_hours', 'balance_floor', 'baud'] as const) note(name, !isCount(settings[name]), 'number');
  note('data_bits', settings.data_bits < 5 || settings.data_bits > 8 || !isCount(settings.data_bits), 'bits');
  settings.tariff.forEach((row, at) => {
    note(`tariff.${at}.prefix`, !isPrefix(row.prefix), 'prefix');
    for (const name of ['price', 'after', 'price_after'] as const) note(`tariff.${at}.${name}`, !isCount(row[name]), 'number');
  });
  settings.packages.forEach((one, at) => {
    note(`packages.${at}.prefixes`, !one.prefixes.every(isPrefix), 'prefix');
    note(`packages.${at}.left`, !isCount(one.left), 'number');
  });
  note('apn', settings.internet && settings.apn.trim() === '', 'apn');
  return found;
}
