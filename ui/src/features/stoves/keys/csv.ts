/** A look at a CSV file of stoves before it is sent: it holds secrets, so only names of columns are shown. Pure. */
import { parseCsv } from '../../../lib/csv';

const MOST_CHARACTERS = 2 * 1_048_576;
const MOST_LINES = 20_000;

export type CsvLook = { kind: 'ok'; lines: number; columns: string[] } | { kind: 'empty' | 'large' | 'no_id' };

export function lookAtCsv(text: string): CsvLook {
  if (text.trim() === '') return { kind: 'empty' };
  if (text.length > MOST_CHARACTERS) return { kind: 'large' };
  const [head = [], ...rows] = parseCsv(text);
  if (rows.length > MOST_LINES) return { kind: 'large' };
  const columns = head.map((name) => name.toLowerCase());
  return columns.includes('id') ? { kind: 'ok', lines: rows.length, columns } : { kind: 'no_id' };
}
