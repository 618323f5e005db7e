/** Readings as a table for spreadsheets or as JSON for programs, page by page, oldest first. */
import type { ReadingFilter } from '../../../bindings/ReadingFilter';
import type { ReadingRow } from '../../../bindings/ReadingRow';
import type { Backend } from '../../../lib/backend';
import { csvLine } from '../../../lib/csv';

/** Rows asked for at once: the most a page may have. */
const PAGE = 1_000;
export type ExportKind = 'csv' | 'json';

export interface Exported {
  text: string;
  readings: number;
}

const milli = (value: number | null): string => (value === null ? '' : (value / 1_000).toFixed(3));
const iso = (ms: number | null): string => (ms === null ? '' : new Date(ms).toISOString());

/** Columns of the table. Decimals with a point and times in UTC: the same in every country. */
const columns: [string, (row: ReadingRow) => string][] = [
  ['id', (row) => String(row.id)],
  ['stove', (row) => row.stove],
  ['label', (row) => row.label],
  ['stove_time', (row) => iso(row.t_ms)],
  ['came_in', (row) => iso(row.at_ms)],
  ['total_kwh', (row) => milli(row.total)],
  ['month_kwh', (row) => milli(row.month)],
  ['volts', (row) => String(row.volts ?? '')],
  ['amperes', (row) => milli(row.milliamps)],
  ['watts', (row) => String(row.watts ?? '')],
  ['power_factor', (row) => (row.centi_pf === null ? '' : (row.centi_pf / 100).toFixed(2))],
  ['signature', (row) => row.signature],
  ['flags', (row) => row.flags.map((flag) => flag.rule).join(' ')],
  ['standing', (row) => row.standing],
  ['counts_kwh', (row) => milli(row.judged_total ?? row.total)],
  ['source', (row) => row.source],
  ['officer', (row) => row.officer],
  ['note', (row) => row.note],
  ['lat', (row) => String(row.position?.lat ?? '')],
  ['lon', (row) => String(row.position?.lon ?? '')],
  ['scans', (row) => String(row.scans)],
  ['forward', (row) => row.forward ?? ''],
];

/** A leading `=`, `+`, `-` or `@` is a formula to a spreadsheet: typed text must not run there. */
const tame = (field: string): string => (/^[=+\-@\t\r]/.test(field) && !/^-?\d+(\.\d+)?$/.test(field) ? `'${field}` : field);

export const csvHead = (): string => csvLine(columns.map(([name]) => name));
export const csvRow = (row: ReadingRow): string => csvLine(columns.map(([, read]) => tame(read(row))));

/** Stops when `stopped` says so and answers with `null`. */
export async function exportReadings(
  backend: Backend, filter: ReadingFilter, kind: ExportKind, progress: (readings: number) => void, stopped: () => boolean,
): Promise<Exported | null> {
  const lines: string[] = [];
  let after: number | null = 0;
  do {
    const { rows, next }: { rows: ReadingRow[]; next: number | null } = await backend.call('readings.export', { filter, after, limit: PAGE });
    if (stopped()) return null;
    for (const row of rows) lines.push(kind === 'csv' ? csvRow(row) : JSON.stringify(row));
    progress(lines.length);
    after = next;
  } while (after !== null);
  const text = kind === 'csv' ? [csvHead(), ...lines].map((line) => `${line}\r\n`).join('') : `[${lines.length > 0 ? `\n${lines.join(',\n')}\n` : ''}]\n`;
  return { text, readings: lines.length };
}
