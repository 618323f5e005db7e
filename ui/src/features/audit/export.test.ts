import { expect, it } from 'vitest';
import type { AuditExport } from '../../bindings/AuditExport';
import type { AuditList } from '../../bindings/AuditList';
import type { Backend } from '../../lib/backend';
import { exportTrail } from './export';

type Asked = { name: string; request: AuditList & Partial<AuditExport> };

/** A trail of `count` records that pages by key, as the station's does: lists newest first, exports oldest first. */
function station(count: number): { backend: Backend; asked: Asked[] } {
  const asked: Asked[] = [];
  const call = async (name: string, request: AuditList & Partial<AuditExport>) => {
    asked.push({ name, request });
    const limit = request.limit ?? 50;
    if (name === 'audit.export') {
      const after = request.after ?? 0;
      const rows = Array.from({ length: Math.min(limit, count - after) }, (_, at) => ({ id: after + at + 1, actor: 'rina' }));
      return { rows, next: rows.length === limit ? rows.at(-1)!.id : null, total: count };
    }
    const top = request.cursor ?? count;
    const rows = Array.from({ length: Math.min(limit, top) }, (_, at) => ({ id: top - at, actor: 'rina' }));
    const last = rows.at(-1)?.id ?? 1;
    return { rows, next: last > 1 ? last - 1 : null, total: count };
  };
  return { backend: { call: call as unknown as Backend['call'], subscribe: () => () => undefined }, asked };
}

const idsOf = (text: string) => text.trimEnd().split('\n').map((line) => (JSON.parse(line) as { id: number }).id);
const never = () => false;

it('the whole trail is exported by the command that leaves a record, oldest first, every record once', async () => {
  const { backend, asked } = station(450);
  const seen: number[] = [];
  const exported = await exportTrail(backend, {}, (records) => seen.push(records), never);
  expect(idsOf(exported!.text)).toEqual(Array.from({ length: 450 }, (_, at) => at + 1));
  expect(exported!.records).toBe(450);
  expect(seen).toEqual([200, 400, 450]);
  expect(asked.map(({ name, request }) => [name, request.after])).toEqual([['audit.export', 0], ['audit.export', 200], ['audit.export', 400]]);
});

it('a full last page is followed by an empty one, not repeated', async () => {
  const { backend, asked } = station(400);
  expect((await exportTrail(backend, {}, () => undefined, never))!.records).toBe(400);
  expect(asked).toHaveLength(3);
});

it('what a filter leaves is listed, newest first', async () => {
  const { backend, asked } = station(450);
  const exported = await exportTrail(backend, { actor: 'rina' }, () => undefined, never);
  expect(idsOf(exported!.text)).toEqual(Array.from({ length: 450 }, (_, at) => 450 - at));
  expect(asked.every(({ name, request }) => name === 'audit.list' && request.actor === 'rina')).toBe(true);
});

it('an empty trail is an empty file', async () => {
  expect(await exportTrail(station(0).backend, {}, () => undefined, never)).toEqual({ text: '', records: 0 });
});

it('stops when it is told to', async () => {
  const { backend, asked } = station(1_000);
  expect(await exportTrail(backend, {}, () => undefined, () => asked.length >= 2)).toBeNull();
  expect(asked.length).toBe(2);
});
