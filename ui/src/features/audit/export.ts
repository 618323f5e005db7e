/**
 * The audit trail as JSON Lines, one record a line. The whole trail goes by `audit.export`, oldest first, and leaves a
 * record of its own; what a filter leaves goes by `audit.list`, newest first.
 */
import type { AuditList } from '../../bindings/AuditList';
import type { AuditRow } from '../../bindings/AuditRow';
import type { Backend } from '../../lib/backend';

/** Rows asked for at once: the most a page may have. */
const PAGE = 200;

type Rows = { rows: AuditRow[]; next: number | null };

export interface Exported {
  text: string;
  records: number;
}

/** Stops when `stopped` says so and answers with `null`. Of a filtered trail, what comes meanwhile is not in it. */
export async function exportTrail(
  backend: Backend, filter: AuditList, progress: (records: number) => void, stopped: () => boolean,
): Promise<Exported | null> {
  const whole = Object.keys(filter).length === 0;
  const page = (cursor: number | null): Promise<Rows> =>
    whole
      ? backend.call('audit.export', { after: cursor ?? 0, limit: PAGE })
      : backend.call('audit.list', { ...filter, limit: PAGE, ...(cursor === null ? {} : { cursor }) });
  const lines: string[] = [];
  let cursor: number | null = null;
  do {
    const { rows, next } = await page(cursor);
    if (stopped()) return null;
    for (const row of rows) lines.push(JSON.stringify(row));
    progress(lines.length);
    cursor = next;
  } while (cursor !== null);
  return { text: lines.map((line) => `${line}\n`).join(''), records: lines.length };
}
