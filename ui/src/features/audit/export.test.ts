import { expect, it } from 'vitest';
import type { AuditList } from '../../bindings/AuditList';
import type { Backend } from '../../lib/backend';
import { exportTrail } from './export';

/** A trail of `count` records that pages by key, as the station's does. */
function station(count: number): { backend: Backend; asked: AuditList[] } {
  const asked: AuditList[] = [];
  const call = async (_: string, request: AuditList) => {
    asked.push(request);
    const top = request.cursor ?? count;
    const rows = Array.from({ length: Math.min(request.limit ?? 50, top) }, (_, at) => ({ id: top - at, actor: 'rina' }));
    const last = rows.at(-1)?.id ?? 1;
    return { rows, next: last > 1 ? last - 1 : null, total: count };
  };
  return { backend: { call: call as unknown as Backend['call'], subscribe: () => () => undefined }, asked };
}

it('writes every record once, one a line, newest first', async () => {
  const { backend, asked } = station(450);
  const seen: number[] = [];
  const exported = await exportTrail(backend, { actor: 'rina' }, (records) => seen.push(records), () => false);
  const ids = exported!.text.trimEnd().split('\n').map((line) => (JSON.parse(line) as { id: number }).id);
  expect(ids).toEqual(Array.from({ length: 450 }, (_, at) => 450 - at));
  expect(exported!.records).toBe(450);
  expect(seen).toEqual([200, 400, 450]);
  expect(asked.every((request) => request.actor === 'rina')).toBe(true);
});

it('an empty trail is an empty file', async () => {
  expect(await exportTrail(station(0).backend, {}, () => undefined, () => false)).toEqual({ text: '', records: 0 });
});

it('stops when it is told to', async () => {
  const { backend, asked } = station(1_000);
  expect(await exportTrail(backend, {}, () => undefined, () => asked.length >= 2)).toBeNull();
  expect(asked.length).toBe(2);
});
