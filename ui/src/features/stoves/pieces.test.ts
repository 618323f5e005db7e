import { describe, expect, it } from 'vitest';
import type { StoveRow } from '../../bindings/StoveRow';
import type { ReadingRow } from '../../bindings/ReadingRow';
import type { StoveChangeView } from '../../bindings/StoveChangeView';
import type { StoveChartView } from '../../bindings/StoveChartView';
import { CallError, type Backend } from '../../lib/backend';
import { lookAtCsv } from './keys/csv';
import { rotationSteps, stepsOpen } from './keys/steps';
import { csvHead, csvRow, exportReadings } from './readings/export';
import { allReadings } from './readings/filter';
import { byPlace, inOrder, metresBetween } from './route/order';
import { DEVICE, firstCamera } from './scan/cameras';
import { sentSize, troubleOf } from './scan/device_camera.svelte';
import { base64Of, imageFault, MOST_BYTES } from './scan/images';
import { outlinePaths } from './scan/outline';
import { barData, changePercent, dayData, stepAt } from './stoves/chart';
import { metresText, placeStoves } from './stoves/map';
import { barLabel, monthOf, periodWords, stepPeriod } from './stoves/periods';
import { parsePosition } from './stoves/position';
import { draftOf, tariffOf } from './stoves/tariffs';

const reading = (more: Partial<ReadingRow> = {}): ReadingRow => ({
  id: 1, stove: '20220300017', label: 'Ibu Sumarni', t_ms: 1_795_400_000_000, at_ms: 1_795_400_060_000, total: 184_372, month: 21_940, volts: 221, milliamps: 4_820, watts: 1_044, centi_pf: 98, signature: 'valid', flags: [], worst: null,
  standing: 'raw', judged_total: null, source: 'webcam', method: 'qrcode', officer: 'rina', note: '', position: null, scans: 1, forward: 'queued', frame: false, ...more,
});

describe('the outline of a code', () => {
  it('is a line around it and four corners', () => {
    const paths = outlinePaths({ corners: [[0, 0], [100, 0], [100, 100], [0, 100]], width: 640, height: 480, at_ms: 0 });
    expect(paths?.line).toBe('M0 0L100 0L100 100L0 100Z');
    expect(paths?.corners).toBe('M0 20L0 0L20 0M80 0L100 0L100 20M100 80L100 100L80 100M20 100L0 100L0 80');
  });

  it.each([[[]], [[[0, 0], [1, 1]]], [[[0, 0], [1, 0], [1, 1], [Number.NaN, 1]]]])('%j is none', (corners) =>
    expect(outlinePaths({ corners: corners as [number, number][], width: 640, height: 480, at_ms: 0 })).toBeNull());
  it('of a picture without size is none', () => expect(outlinePaths({ corners: [[0, 0], [1, 0], [1, 1], [0, 1]], width: 0, height: 0, at_ms: 0 })).toBeNull());
});

describe('the camera of this device', () => {
  it('is what a handheld device begins with, unless another was chosen', () => {
    expect([firstCamera(null, true, true), firstCamera(null, true, false), firstCamera(null, false, true)]).toEqual([DEVICE, '', '']);
    expect([firstCamera('usb-c270', true, true), firstCamera('', true, true), firstCamera(DEVICE, true, false), firstCamera(DEVICE, false, true)]).toEqual(['usb-c270', '', DEVICE, '']);
  });

  it('sends pictures of 1280 pixels at most, upright or not', () => {
    expect([sentSize(1_280, 720), sentSize(3_840, 2_160), sentSize(1_080, 1_920), sentSize(640, 480)]).toEqual([{ width: 1_280, height: 720 }, { width: 1_280, height: 720 }, { width: 720, height: 1_280 }, { width: 640, height: 480 }]);
  });

  it.each([['NotAllowedError', 'denied'], ['SecurityError', 'denied'], ['NotFoundError', 'no_camera'], ['NotReadableError', 'busy'], ['AbortError', 'busy'], ['OverconstrainedError', 'unsupported'], ['TypeError', 'other'], ['', 'other']])('%s is %s', (name, trouble) => expect(troubleOf(name)).toBe(trouble));
});

describe('the route', () => {
  const stove = (id: string, place: string, position: [number, number] | null = null, label = ''): StoveRow => ({
    id, label, place, position: position ? { lat: position[0], lon: position[1] } : null, registered: true, readings: 0, last_t_ms: null, last_seen_ms: null, total: null, month_used: null, month_estimated: false, open_flags: 0, worst: null, signature: null, evidence: 0, unread: 0, waiting: 0, change: null,
  });

  it('is by place as people count, and stoves without one come last', () => {
    const all = [stove('1', ''), stove('2', 'RT 10'), stove('3', 'RT 2'), stove('4', 'rt 2'), stove('5', 'RT 2', null, 'Ani')];
    expect(inOrder(all, null).map((one) => one.id)).toEqual(['3', '4', '5', '2', '1']);
    expect(all.map((one) => one.id)).toEqual(['1', '2', '3', '4', '5']);
    expect(byPlace(all[0]!, all[0]!)).toBe(0);
  });

  it('is by distance from here, and what has no position comes after', () => {
    const all = [stove('far', 'A', [-6.92, 107.6]), stove('nowhere', 'A'), stove('near', 'Z', [-6.901, 107.6])];
    expect(inOrder(all, { lat: -6.9, lon: 107.6 }).map((one) => one.id)).toEqual(['near', 'far', 'nowhere']);
  });

  it('counts metres on a ball', () => {
    expect(metresBetween({ lat: 0, lon: 0 }, { lat: 0, lon: 1 })).toBeCloseTo(111_195, -1);
    expect(metresBetween({ lat: -6.9, lon: 107.6 }, { lat: -6.9, lon: 107.6 })).toBe(0);
    expect(metresBetween({ lat: 0, lon: 179.999 }, { lat: 0, lon: -179.999 })).toBeLessThan(230);
  });
});

describe('pictures', () => {
  it('what is no picture, or too large, is told before it is sent', () => {
    expect(imageFault({ type: 'image/jpeg', size: 1 })).toBeNull();
    expect(imageFault({ type: '', size: 1 })).toBeNull();
    expect(imageFault({ type: 'application/pdf', size: 1 })).toBe('kind');
    expect(imageFault({ type: 'image/svg+xml', size: 1 })).toBe('kind');
    expect(imageFault({ type: 'image/png', size: MOST_BYTES + 1 })).toBe('large');
    expect(imageFault({ type: 'image/png', size: 0 })).toBe('unreadable');
  });

  it('every byte arrives', async () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at % 256);
    expect(Buffer.from(await base64Of(new Blob([bytes])), 'base64').equals(Buffer.from(bytes))).toBe(true);
  });
});

describe('the export', () => {
  it('is a table with the same columns in every row, with points and UTC', () => {
    const [head, row] = [csvHead().split(','), csvRow(reading()).split(',')];
    expect(row).toHaveLength(head.length);
    const told = Object.fromEntries(head.map((name, at) => [name, row[at]]));
    expect(told).toMatchObject({ stove: '20220300017', total_kwh: '184.372', amperes: '4.820', power_factor: '0.98', counts_kwh: '184.372', came_in: new Date(1_795_400_060_000).toISOString() });
  });

  it('what a person typed is never a formula, and what is not known is empty', () => {
    expect(csvRow(reading({ note: '=HYPERLINK("x")' }))).toContain(`"'=HYPERLINK(""x"")"`);
    expect(csvRow(reading({ label: '@cmd' }))).toContain("'@cmd");
    expect(csvRow(reading({ position: { lat: -6.9, lon: 107.6 } }))).toContain(',-6.9,107.6,');
    expect(csvRow(reading({ total: null, month: null, volts: null, milliamps: null, watts: null, centi_pf: null, t_ms: null }))).toContain(',,,,,,,');
  });

  const paged = (pages: ReadingRow[][]): Backend => ({
    call: (async (_name: string, request: { after: number }) => ({ rows: pages[request.after] ?? [], next: request.after + 1 < pages.length ? request.after + 1 : null, total: 0 })) as unknown as Backend['call'],
    subscribe: () => () => undefined,
  });

  it('goes page by page, and stops when nobody waits', async () => {
    const backend = paged([[reading(), reading({ id: 2 })], [reading({ id: 3 })]]);
    const seen: number[] = [];
    const csv = await exportReadings(backend, allReadings(), 'csv', (count) => seen.push(count), () => false);
    expect([csv?.readings, csv?.text.split('\r\n').length, seen]).toEqual([3, 5, [2, 3]]);
    const json = await exportReadings(backend, allReadings(), 'json', () => undefined, () => false);
    expect((JSON.parse(json!.text) as ReadingRow[]).map((row) => row.id)).toEqual([1, 2, 3]);
    expect(JSON.parse((await exportReadings(paged([[]]), allReadings(), 'json', () => undefined, () => false))!.text)).toEqual([]);
    expect(await exportReadings(backend, allReadings(), 'csv', () => undefined, () => true)).toBeNull();
  });

  it('a page that fails ends it', async () => {
    const backend: Backend = { call: () => Promise.reject(new CallError('unreachable', 'gone')), subscribe: () => () => undefined };
    await expect(exportReadings(backend, allReadings(), 'csv', () => undefined, () => false)).rejects.toThrow('gone');
  });
});

describe('the map', () => {
  const at = (lat: number, lon: number) => ({ position: { lat, lon } });

  it('north is up, east is right, and everything is inside', () => {
    const map = placeStoves([at(-6.9, 107.6), at(-6.91, 107.62), { position: null }], 400, 300)!;
    const [one, other] = map.placed;
    expect(map.placed).toHaveLength(2);
    expect(one!.y).toBeLessThan(other!.y);
    expect(one!.x).toBeLessThan(other!.x);
    for (const { x, y } of map.placed) expect(x > 0 && x < 400 && y > 0 && y < 300).toBe(true);
    expect(map.metres).toBeGreaterThan(2_200);
  });

  it('one stove, or many in one place, stand in the middle; without a place there is no map', () => {
    expect(placeStoves([at(-6.9, 107.6), at(-6.9, 107.6)], 400, 300)?.placed.map(({ x, y }) => [x, y])).toEqual([[200, 150], [200, 150]]);
    expect(placeStoves([{ position: null }, at(Number.NaN, 0), at(91, 0)], 400, 300)).toBeNull();
    expect([metresText(447, 'id'), metresText(3_240, 'id'), metresText(3_240, 'en')]).toEqual(['450 m', '3,2 km', '3.2 km']);
  });
});

describe('periods', () => {
  it('step over the ends of months and years', () => {
    expect([stepPeriod('2026-12-31', 'day', 1), stepPeriod('2026-03-01', 'day', -1), stepPeriod('2026-12', 'month', 1), stepPeriod('2026-01', 'month', -1), stepPeriod('2026', 'year', -1)]).toEqual(['2027-01-01', '2026-02-28', '2027-01', '2025-12', '2025']);
  });

  it('are told in the language of the screen', () => {
    expect([periodWords('2026-11', 'month', 'id'), periodWords('2026', 'year', 'en'), barLabel('2026-08', 'id'), barLabel('2026-08-09', 'id')]).toEqual(['November 2026', '2026', 'Agu', '9']);
    // 30 September, 18:00 UTC is October in WIB.
    expect(monthOf(Date.UTC(2026, 8, 30, 18))).toBe('2026-10');
  });
});

describe('charts', () => {
  const view = (more: Partial<StoveChartView>): StoveChartView => ({ id: '1', range: 'day', at: '2026-11-23', from_ms: 0, to_ms: 24 * 3_600_000, bars: [], steps: [], points: [], used: 0, year_before: null, cost: null, readings: 0, ...more });

  it('a bar that nobody knows takes no room but keeps its place', () => {
    const bar = (used: number | null, year_before: number | null) => ({ period: '2026-11', from_ms: 0, to_ms: 1, used, estimated: false, complete: true, backwards: false, cost: null, year_before });
    expect(barData(view({ bars: [bar(null, 30_000), bar(21_940, null)] }))).toEqual([[0, 1], [30, 21.94]]);
  });

  it('a day has a place for each hour, and the step under it', () => {
    const day = view({ steps: [{ from_ms: 0, to_ms: 3_600_000, watts: 400, estimated: false }], points: [{ t_ms: 1, watts: 900 }] });
    expect(dayData(day)[0]).toHaveLength(25);
    expect(dayData(day)[1]![0]).toBe(900);
    expect([stepAt(day, 0)?.watts, stepAt(day, 3_600_000)]).toEqual([400, null]);
  });

  it('the change on a year before that was nothing is not told', () => expect([changePercent(110, 100), changePercent(90, 100), changePercent(1, 0), changePercent(1, null)]).toEqual([10, -10, null, null]));
});

describe('what people type', () => {
  it('a place is two numbers of degrees or none', () => {
    expect(parsePosition('', ' ')).toBeNull();
    expect(parsePosition('-6,9147', '107.6098')).toEqual({ lat: -6.9147, lon: 107.6098 });
    for (const [lat, lon] of [['91', '0'], ['0', '181'], ['6', ''], ['', '6'], ['abc', '1'], ['1e1', '1'], ['NaN', '1']]) expect(parsePosition(lat!, lon!), `${lat} ${lon}`).toBe('bad');
  });

  it('a tariff goes through its form unchanged, and what is no tariff is refused', () => {
    const tariff = { name: 'default', steps: [{ from: '2026-01', tiers: [{ up_to: 20_000, per_kwh: 1_352 }, { up_to: null, per_kwh: 1_445 }], monthly_fee: 5_000 }] };
    expect(tariffOf('default', draftOf(tariff))).toEqual(tariff);
    const step = draftOf(tariff)[0]!;
    for (const [why, steps] of Object.entries({
      'no month': [{ ...step, from: '2026-13' }], 'no price': [{ ...step, tiers: [{ upTo: '', perKwh: 'x' }] }], 'closed end': [{ ...step, tiers: [{ upTo: '20', perKwh: '1' }] }], 'not rising': [{ ...step, tiers: [{ upTo: '20', perKwh: '1' }, { upTo: '10', perKwh: '2' }, { upTo: '', perKwh: '3' }] }],
      'open in the middle': [{ ...step, tiers: [{ upTo: '', perKwh: '1' }, { upTo: '', perKwh: '2' }] }], 'month twice': [step, step], 'no steps': [],
    })) expect(tariffOf('default', steps), why).toBeNull();
    expect(tariffOf(' ', [step])).toBeNull();
  });

  it('a file of stoves is looked at before it is sent', () => {
    expect(lookAtCsv('﻿ID;secret\n20220300017;x\n')).toEqual({ kind: 'ok', lines: 1, columns: ['id', 'secret'] });
    expect(lookAtCsv(' \n')).toEqual({ kind: 'empty' });
    expect(lookAtCsv('nomor,rahasia\n1,2')).toEqual({ kind: 'no_id' });
    expect(lookAtCsv(`id\n${'1\n'.repeat(20_001)}`)).toEqual({ kind: 'large' });
    expect(lookAtCsv('x'.repeat(2 * 1_048_576 + 1))).toEqual({ kind: 'large' });
  });
});

describe('a change of key', () => {
  const change = (more: Partial<StoveChangeView>): StoveChangeView => ({
    id: 1, stove: '20220300017', kind: 'secret', state: 'prepared', reached: false, open: true, next: 'ask_server', old_id: null, new_id: null, begun_ms: 0, by: 'rina', moved_ms: 0, notice: null, trouble: '', trouble_code: null, message: null, ...more,
  });
  const states = (more: Partial<StoveChangeView>) => rotationSteps(change(more)).map((step) => step.state).join(' ');

  it('goes through five steps', () => {
    expect(states({ next: 'ask_server' })).toBe('done now ahead ahead ahead');
    expect(states({ next: 'write' })).toBe('done done now ahead ahead');
    expect(states({ next: 'read_token' })).toBe('done done done now ahead');
    expect(states({ next: 'update_server' })).toBe('done done done done now');
    expect(states({ next: 'nothing', open: false, state: 'server_updated' })).toBe('done done done done done');
    expect(states({ next: 'nothing', open: false, state: 'abandoned' })).toBe('done ahead ahead ahead ahead');
    expect(states({ next: 'nothing', open: true, state: 'abandoned', reached: true })).toBe('done ahead ahead ahead ahead');
  });

  it('offers what fits, and never to forget a key that lives', () => {
    expect(stepsOpen(change({ next: 'ask_server' }))).toEqual(['server_agrees', 'server_refuses', 'abandon']);
    expect(stepsOpen(change({ next: 'write', state: 'writing', reached: true }))).toEqual(['write', 'write_by_hand', 'written', 'abandon']);
    expect(stepsOpen(change({ next: 'update_server', state: 'confirmed' }))).toEqual(['server_updated']);
    expect(stepsOpen(change({ next: 'nothing', open: true, state: 'abandoned', reached: true }))).toEqual(['take_up']);
    expect(stepsOpen(change({ next: 'nothing', open: false, state: 'server_updated' }))).toEqual([]);
  });
});
