/** Rules as a list of steps for the editor, and as a table for a file. Pure. */
import type { RouteRule } from '../../../bindings/RouteRule';
import { csvLine, parseCsv } from '../../../lib/csv';

export interface Named {
  id: number;
  name: string;
}

/** A line in the order of choice; `joined`: it takes turns with the one before. */
export interface Step {
  lineId: number;
  joined: boolean;
}

export const stepsOf = (tiers: number[][]): Step[] => tiers.flatMap((tier) => tier.map((lineId, at) => ({ lineId, joined: at > 0 })));

export function tiersOf(steps: Step[]): number[][] {
  const tiers: number[][] = [];
  for (const { lineId, joined } of steps) {
    const last = tiers.at(-1);
    if (joined && last) last.push(lineId);
    else tiers.push([lineId]);
  }
  return tiers;
}

/** Moves one step up or down; the first one joins nobody. */
export function moved(steps: Step[], from: number, by: -1 | 1): Step[] {
  const to = from + by;
  if (to < 0 || to >= steps.length) return steps;
  const result = steps.map((step) => ({ ...step }));
  [result[from], result[to]] = [result[to]!, result[from]!];
  if (result[0]) result[0].joined = false;
  return result;
}

/** By prefix, digit by digit; what stands for every other number comes last. */
export function sorted(rules: RouteRule[]): RouteRule[] {
  return [...rules].sort((one, other) => (one.prefix === '' ? 1 : other.prefix === '' ? -1 : one.prefix < other.prefix ? -1 : one.prefix > other.prefix ? 1 : 0));
}

const HEAD = ['prefix', 'label', 'deny', 'lines'];

/** A file of the rules: `Jalur 1 + Jalur 2 > Jalur 4`, first choice first. */
export function rulesToCsv(rules: RouteRule[], lines: Named[]): string {
  const nameOf = (id: number) => lines.find((line) => line.id === id)?.name ?? String(id);
  const rows = sorted(rules).map((rule) => [
    rule.prefix === '' ? '*' : rule.prefix, rule.label, rule.deny ? 'yes' : '', rule.lines.map((tier) => tier.map(nameOf).join(' + ')).join(' > '),
  ]);
  return [HEAD, ...rows].map(csvLine).join('\r\n') + '\r\n';
}

export type ImportFault = 'prefix' | 'twice' | 'line' | 'columns';

export interface Imported {
  rules: RouteRule[];
  /** Row of the file, from 1, with what is wrong and the word it is about. */
  faults: { row: number; kind: ImportFault; word: string }[];
}

const truths = ['yes', 'ya', 'y', '1', 'true', 'x', 'deny', 'tolak'];

export function rulesFromCsv(text: string, lines: Named[]): Imported {
  const table = parseCsv(text);
  const head = (table[0] ?? []).map((name) => name.toLowerCase());
  const hasHead = head.includes('prefix') || head.includes('awalan');
  const column = (name: string, other: string, at: number) => (hasHead ? Math.max(head.indexOf(name), head.indexOf(other)) : at);
  const [prefixAt, labelAt, denyAt, linesAt] = [column('prefix', 'awalan', 0), column('label', 'operator', 1), column('deny', 'tolak', 2), column('lines', 'jalur', 3)];
  const result: Imported = { rules: [], faults: [] };
  const seen = new Set<string>();
  const idOf = (word: string) => lines.find((line) => line.name.toLowerCase() === word.toLowerCase())?.id ?? lines.find((line) => String(line.id) === word)?.id ?? null;

  table.slice(hasHead ? 1 : 0).forEach((cells, at) => {
    const row = at + (hasHead ? 2 : 1);
    const fault = (kind: ImportFault, word: string) => result.faults.push({ row, kind, word });
    const cell = (place: number) => (place < 0 ? '' : (cells[place] ?? ''));
    const written = cell(prefixAt);
    const prefix = written === '*' ? '' : written.replace(/^\+/, '');
    if (written === '') return void fault('columns', '');
    if (!/^\d{0,15}$/.test(prefix)) return void fault('prefix', written);
    if (seen.has(prefix)) return void fault('twice', written);
    const tiers: number[][] = [];
    for (const tier of cell(linesAt).split('>')) {
      const ids: number[] = [];
      for (const word of tier.split('+').map((one) => one.trim()).filter(Boolean)) {
        const id = idOf(word);
        if (id === null) return void fault('line', word);
        ids.push(id);
      }
      if (ids.length > 0) tiers.push(ids);
    }
    seen.add(prefix);
    result.rules.push({ prefix, label: cell(labelAt), deny: truths.includes(cell(denyAt).toLowerCase()), lines: tiers });
  });
  return result;
}

export interface Difference {
  added: number;
  changed: number;
  removed: number;
}

export function difference(before: RouteRule[], after: RouteRule[]): Difference {
  const old = new Map(before.map((rule) => [rule.prefix, JSON.stringify(rule)]));
  const now = new Set(after.map((rule) => rule.prefix));
  return {
    added: after.filter((rule) => !old.has(rule.prefix)).length,
    changed: after.filter((rule) => old.has(rule.prefix) && old.get(rule.prefix) !== JSON.stringify(rule)).length,
    removed: before.filter((rule) => !now.has(rule.prefix)).length,
  };
}
