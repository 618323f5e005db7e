/** The whole trail, or what a filter leaves of it, as JSON Lines: one record a line, newest first. */
import type { AuditList } from '../../bindings/AuditList';
import type { AuditRow } from '../../bindings/AuditRow';
import type { Backend } from '../../lib/backend';

/** Rows asked for at once: the most a page may have. */
const PAGE = 200;

export interface Exported {
  text: string;
  records: number;
}

/** Stops when `stopped` says so and answers with `null`. Newer records that come meanwhile are not in it. */
export async function exportTrail(
  backend: Backend, filter: AuditList, progress: (records: number) => void, stopped: () => boolean,
): Promise<Exported | null> {
  const lines: string[] = [];
  let cursor: number | null = null;
  do {
    const page: { rows: AuditRow[]; next: number | null } = await backend.call('audit.list', {
      ...filter, limit: PAGE, ...(cursor === null ? {} : { cursor }),
    });
    if (stopped()) return null;
    for (const row of page.rows) lines.push(JSON.stringify(row));
    progress(lines.length);
    cursor = page.next;
  } while (cursor !== null);
  return { text: lines.map((line) => `${line}\n`).join(''), records: lines.length };
}
