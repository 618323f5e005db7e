/** The stove half of the station made of answers: meters, readings, a camera that sees a picture. Only for looking at screens. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

type Request = Record<string, unknown>;
type Answers = Record<string, (request: Request) => unknown>;
const refuse = (code: string, message: string, help = '', field: string | null = null) => ({ error: { code, message, help, field } });

const NOW = Date.UTC(2026, 10, 23, 3, 14, 32);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface StoveMock {
  /** How many stoves there are; 12 when absent. */
  stoves?: number;
  /** How many readings there are; 40 when absent. */
  readings?: number;
  empty?: boolean;
  failing?: boolean;
  /** What is wrong with the camera. */
  trouble?: 'no_camera' | 'busy' | 'unplugged' | 'denied' | 'unsupported' | 'other';
  /** The camera runs as the page opens. */
  running?: boolean;
  /** The device's camera sees one new reading after the other. */
  every?: boolean;
  /** Some more are not read yet. */
  route?: boolean;
  /** The station reads no pictures. */
  noPictures?: boolean;
  /** What each code that is read comes to. */
  verdict?: 'valid' | 'demo_key' | 'invalid' | 'unknown_stove' | 'known';
  cameras?: boolean;
  forward?: 'off' | 'paused' | 'idle' | 'sending' | 'waiting' | 'sign_in_refused';
  tryOut?: boolean;
}

/** What the camera sees: one picture for ever. */
export const scanFrame = readFileSync(fileURLToPath(new URL('scan_frame.jpg', import.meta.url)));

export const stoveRules: [string, string][] = [
  ['stoves.list', 'View'], ['stoves.month', 'View'], ['stoves.get', 'View'], ['stoves.save', 'Operator'], ['stoves.import', 'Administrator'], ['stoves.replace_meter', 'Administrator'], ['stoves.undo_replacement', 'Administrator'], ['stoves.chart', 'View'],
  ['stove_tariffs.list', 'View'], ['stove_tariffs.save', 'Administrator'], ['stove_tariffs.remove', 'Administrator'], ['stove.demo', 'Operator'], ['readings.list', 'View'],
  ['readings.get', 'View'], ['readings.frame', 'Operator'], ['readings.judge', 'Administrator'], ['readings.export', 'View'], ['readings.take', 'Operator'], ['readings.take_image', 'Operator'],
  ['readings.unread', 'Operator'], ['scan.cameras', 'Operator'], ['scan.start', 'Operator'], ['scan.stop', 'Operator'], ['scan.state', 'Operator'], ['radio.scan', 'Operator'],
  ['radio.describe', 'Operator'], ['radio.read', 'Operator'], ['forward.status', 'View'], ['forward.list', 'View'], ['forward.retry', 'Operator'], ['forward.pause', 'Administrator'],
  ['forward.set_password', 'Administrator'], ['stove_keys.list', 'View'], ['stove_keys.register', 'Administrator'], ['stove_keys.change', 'Administrator'],
  ['stove_accounts.list', 'Administrator'], ['stove_accounts.save', 'Administrator'], ['stove_accounts.remove', 'Administrator'],
];

export const stoveSettings = () => ({
  forward_url: 'https://meter.kampus.ac.id', forward_user: 'kantin', forward_parallel: 4, keep_frames: 'until_accepted', gap_days: 35, zero_use_days: 7, power_max: 7_040,
  ble_service: '', ble_read: '', ble_write: '', ble_notify: false, ble_seconds: 20, endpoint: true, endpoint_hours: 3,
});

const names = ['Ibu Sumarni', 'Pak Darto', 'Ibu Wati', 'Ibu Kartini', 'Pak Slamet', 'Ibu Tuti', 'Pak Rahmat', 'Ibu Endang', 'Pak Wahyu', 'Ibu Nining', 'Pak Joko', 'Ibu Ratna'];
const numberOf = (at: number) => String(20220300017 + at * 3).padStart(11, '0');

type Flag = { rule: string; severity: string; figures: Record<string, string> };
const flag = (rule: string, severity: string, figures: Record<string, string> = {}): Flag => ({ rule, severity, figures });
const clockBehind = flag('clock_behind', 'warning', { t: '1795400000', behind_s: '740' });
const flagSets: Flag[][] = [
  [clockBehind], [], [], [flag('power_factor_above_one', 'warning', { centi_pf: '512' }), flag('power_mismatch', 'warning', { told_mw: '1000000', computed_mw: '36044800' })],
  [], [flag('counter_backwards', 'alarm', { previous: '184372', total: '12040' })], [], [flag('gap', 'notice', { seconds: String(52 * 86_400), allowed_s: String(35 * 86_400) })],
];

const worstOf = (flags: Flag[]) => (flags.some((one) => one.severity === 'alarm') ? 'alarm' : flags.some((one) => one.severity === 'warning') ? 'warning' : flags.length > 0 ? 'notice' : null);

function reading(id: number, stove: number, ageMs: number, more: Request = {}): Request & { id: number; stove: string; flags: Flag[]; at_ms: number; total: number | null; standing: string } {
  const flags = (more['flags'] as Flag[] | undefined) ?? flagSets[id % flagSets.length]!;
  const bluetooth = id % 3 === 0;
  return {
    id, stove: numberOf(stove), label: names[stove % names.length]!, t_ms: NOW - ageMs - 3 * MINUTE, at_ms: NOW - ageMs, total: 184_372 - Math.round(ageMs / DAY) * 1_044, month: Math.max(1_200, 21_940 - Math.round(ageMs / DAY) * 980),
    volts: bluetooth ? 221 : null, milliamps: bluetooth ? 4_820 : null, watts: bluetooth ? 1_044 : null, centi_pf: bluetooth ? 98 : null,
    signature: ['valid', 'valid', 'valid_previous_key', 'valid', 'unknown_stove'][id % 5]!, flags, worst: worstOf(flags), standing: ['raw', 'raw', 'validated', 'estimated', 'edited'][id % 5]!,
    judged_total: id % 5 === 4 ? 180_000 : null, source: bluetooth ? 'bluetooth' : ['webcam', 'image', 'http', 'paste'][id % 4]!, method: bluetooth ? 'bluetooth' : 'qrcode', officer: 'rina', note: id % 6 === 0 ? 'rute Sukamaju' : '',
    position: null, scans: 1 + (id % 7 === 0 ? 2 : 0), forward: ['accepted', 'queued', 'accepted', 'rejected', 'sending', 'dead', null][id % 7]!, frame: !bluetooth, ...more,
  } as never;
}

function stoveRow(at: number): Request & { id: string; label: string } {
  const flags = [1, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0][at % 12]!;
  const never = at % 12 === 8;
  return {
    id: numberOf(at), label: names[at % names.length]!, place: at % 2 === 0 ? `RT ${String((at % 7) + 1).padStart(2, '0')} Sukamaju` : '', position: at % 6 === 5 ? null : { lat: -6.9 - ((at * 7) % 11) * 0.0011, lon: 107.6 + ((at * 5) % 13) * 0.0013 },
    registered: at % 5 !== 4, readings: never ? 0 : 64 - (at % 20), last_t_ms: never ? null : at % 12 === 7 ? NOW - 52 * DAY : NOW - at * 7 * HOUR, last_seen_ms: never ? null : at % 12 === 7 ? NOW - 52 * DAY : NOW - at * 7 * HOUR, total: never ? null : 184_372,
    month_used: never ? null : 21_940 - at * 700, month_estimated: at % 4 === 1, open_flags: flags, worst: flags === 0 ? null : at % 12 === 5 ? 'alarm' : 'warning',
    signature: never ? null : at % 12 === 2 ? 'demo_key' : at % 5 === 4 ? 'unknown_stove' : 'valid', evidence: at % 12 === 2 ? 2 : 0, unread: at % 12 === 9 ? 2 : 0, waiting: at % 3, change: at % 12 === 3 ? 'prepared' : null,
  };
}

const month = (year: number, at: number) => `${year}-${String(at).padStart(2, '0')}`;
const used = [27_400, 29_700, 26_000, 30_600, 33_200, 28_900, 31_500, 30_100, 34_900, 32_000, 33_700, 21_940];

function chart(id: string, range: string, at: string | null) {
  const base = { id, range, readings: 64, cost: null as number | null, year_before: null as number | null, steps: [] as object[], points: [] as object[] };
  if (id === numberOf(8)) return { ...base, at: at ?? '2026', from_ms: NOW - 300 * DAY, to_ms: NOW + 40 * DAY, bars: [], used: 0, readings: 0 };
  if (range === 'year') {
    const year = Number(at ?? '2026');
    const bars = used.map((milli, place) => ({
      period: month(year, place + 1), from_ms: Date.UTC(year, place, 1) - 7 * HOUR, to_ms: Date.UTC(year, place + 1, 1) - 7 * HOUR, used: place === 11 ? null : milli, estimated: place === 5 || place === 6, complete: place < 10,
      backwards: false, cost: place === 11 ? null : Math.round(milli * 1.445), year_before: Math.round(milli * (0.86 + (place % 4) * 0.05)),
    }));
    return { ...base, at: String(year), from_ms: Date.UTC(year, 0, 1) - 7 * HOUR, to_ms: Date.UTC(year + 1, 0, 1) - 7 * HOUR, bars, used: 332_000, year_before: 301_000, cost: 479_740 };
  }
  if (range === 'month') {
    const name = at ?? '2026-11';
    const [year, number] = name.split('-').map(Number) as [number, number];
    const days = new Date(Date.UTC(year, number, 0)).getUTCDate();
    const bars = Array.from({ length: days }, (_, day) => ({
      period: `${name}-${String(day + 1).padStart(2, '0')}`, from_ms: Date.UTC(year, number - 1, day + 1) - 7 * HOUR, to_ms: Date.UTC(year, number - 1, day + 2) - 7 * HOUR, used: name === '2026-11' && day > 22 ? null : 700 + ((day * 37) % 11) * 80, estimated: day > 6 && day < 12,
      complete: true, backwards: false, cost: null, year_before: day % 9 === 0 ? null : 640 + ((day * 29) % 9) * 70,
    }));
    return { ...base, at: name, from_ms: bars[0]!.from_ms, to_ms: bars.at(-1)!.to_ms, bars, used: 21_940, year_before: 24_100, cost: 31_700 };
  }
  const day = at ?? '2026-11-23';
  const from = Date.parse(`${day}T00:00:00Z`) - 7 * HOUR;
  const step = (start: number, end: number, watts: number, estimated: boolean) => ({ from_ms: from + start * HOUR, to_ms: from + end * HOUR, watts, estimated });
  return {
    ...base, at: day, from_ms: from, to_ms: from + DAY, bars: [], used: 1_284, readings: 6, steps: [step(0, 5.2, 14, true), step(5.2, 6.1, 820, false), step(6.1, 6.9, 1_040, false), step(6.9, 10.2, 60, true)],
    points: [{ t_ms: from + 5.8 * HOUR, watts: 900 }, { t_ms: from + 6.6 * HOUR, watts: 1_044 }],
  };
}

const key = (id: number, days: number, more: object = {}) => ({ id, made_ms: NOW - days * DAY, warnings: [], held: true, ...more });

export function stoveAnswers(options: StoveMock = {}): Answers {
  const count = options.empty ? 0 : (options.stoves ?? 12);
  let stoves = Array.from({ length: count }, (_, at) => stoveRow(at));
  const readings = options.empty ? [] : Array.from({ length: options.readings ?? 40 }, (_, at) => reading(400 - at, at % 12, at < 6 ? at * 17 * MINUTE + 40_000 : at * 11 * HOUR, at === 0 ? { flags: [clockBehind], signature: 'valid' } : {}));
  const before = (one: ReturnType<typeof reading>) => readings.find((other) => other.stove === one.stove && other.id < one.id) ?? null;
  const detail = (one: ReturnType<typeof reading>, more: Request = {}) => ({
    row: one, token: 'VjAxOzIwMjIwMzAwMDE3OzE3OTU0MDAwMDA7MTg0LjM3MjsyMS45NDA7QVBJS0VZMDE.tH1sIsN0tAr3alS1gnatur3JustF0rL00king4', payload: 'V01;20220300017;1795400000;184.372;21.940;APIKEY01', hash: '9f2c41d07be35a86'.repeat(4), version: 'V01',
    slot: 'APIKEY01', epoch: 0, oddities: [], previous: before(one), used: one.total === null || before(one) === null ? null : Math.max(0, one.total - (before(one)?.total ?? 0)), next: null,
    judgements: one.standing === 'raw' ? [] : [{ at_ms: NOW - HOUR, standing: one.standing, total: one.standing === 'edited' ? 180_000 : null, reason: 'Angka dicocokkan dengan foto petugas.', by: 'Budi Santoso' }],
    forward: forwards.find((row) => row.id === one.id) ?? null, ...more,
  });
  const forwardRow = (one: ReturnType<typeof reading>, at: number) => ({
    id: one.id, stove: one.stove, t_ms: one['t_ms'], at_ms: one.at_ms, state: one['forward'], method: one['method'], attempts: at % 4, due_ms: one['forward'] === 'queued' && at % 2 === 1 ? NOW + 4 * MINUTE : null,
    last_status: ({ accepted: 200, rejected: 422, dead: 500 } as Record<string, number>)[String(one['forward'])] ?? null,
    last_answer: ({ accepted: 'accepted', rejected: 'payload: signature does not match the key of this stove', dead: 'internal server error, 40 tries over 7 days' } as Record<string, string>)[String(one['forward'])] ?? '', last_ms: one['forward'] === 'queued' ? null : NOW - at * MINUTE,
  });
  let forwards = readings.filter((one) => one['forward'] !== null).map(forwardRow);
  let phase = options.empty ? 'off' : (options.forward ?? 'waiting');
  let password = true;
  let stopped = !options.running;
  let started: Request = {};
  let frames = 0;
  let pictures = 0;
  let verdicts = 0;
  let change: Record<string, unknown> | null = {
    id: 7, stove: numberOf(3), kind: 'secret', state: 'prepared', reached: false, open: true, next: 'ask_server', old_id: null, new_id: null, begun_ms: NOW - 3 * HOUR, by: 'rina', moved_ms: NOW - HOUR, notice: null, trouble: '', trouble_code: null, message: null,
  };
  let tariffs = [{ name: 'default', steps: [{ from: '2026-01', tiers: [{ up_to: 20_000, per_kwh: 1_352 }, { up_to: null, per_kwh: 1_445 }], monthly_fee: 5_000 }] }];
  let accounts = [{ name: 'petugas.1', active: true, made_ms: NOW - 90 * DAY, last_ms: NOW - 3 * HOUR as number | null }];
  const list = <T>(rows: T[], limit: unknown, cursor: unknown) => {
    const from = Number(cursor ?? 0);
    const page = rows.slice(from, from + Number(limit ?? 50));
    return { rows: page, next: from + page.length < rows.length ? from + page.length : null, total: rows.length };
  };
  const taken = (signature: string): Request => {
    if (signature === 'demo_key' || signature === 'invalid') return { outcome: 'evidence', stove: numberOf(2), signature, reading: null, message: 'The token was not made with a key of this stove. It is kept as evidence.', code: `signature_${signature}` };
    const row = reading(401, 0, 0, { flags: [clockBehind], signature: signature === 'known' ? 'valid' : signature, volts: 221, milliamps: 4_820, watts: 1_044, centi_pf: 98, scans: signature === 'known' ? 3 : 1, forward: 'queued' });
    return { outcome: signature === 'known' ? 'known' : 'taken', stove: row.stove, signature: row['signature'], reading: row, message: '', code: '' };
  };
  const scan = () => {
    const trouble = options.trouble ?? null;
    const phase = stopped ? (trouble ? 'failed' : 'off') : trouble ? 'failed' : 'running';
    if (phase === 'running') frames += 1;
    if (frames === 3) verdicts = 1;
    return {
      available: options.cameras ?? true, phase, camera: 'Logitech C270', width: phase === 'running' ? 1_280 : 0, height: phase === 'running' ? 720 : 0, trouble, trouble_text: trouble ? 'cannot open /dev/video0. Look at the camera, then try again.' : '', frame: frames,
      outline: phase === 'running' && frames > 1 ? { corners: [[435, 157], [812, 104], [851, 482], [475, 535]], width: 1_280, height: 720, at_ms: NOW + frames } : null, verdicts, last: verdicts > 0 ? taken(options.verdict ?? 'valid') : null, last_ms: verdicts > 0 ? NOW : null,
      hint: verdicts > 0 ? 'next' : 'aim', officer: 'rina', taken: verdicts,
    };
  };
  const status = () => ({
    phase, url: options.empty || phase === 'off' ? '' : 'https://meter.kampus.ac.id', user: 'kantin', has_password: password, queued: forwards.filter((one) => one.state === 'queued').length, sending: 1,
    rejected: forwards.filter((one) => one.state === 'rejected').length, dead: forwards.filter((one) => one.state === 'dead').length, accepted_today: options.empty ? 0 : 12, oldest_ms: options.empty ? null : NOW - 5 * HOUR,
    next_try_ms: phase === 'waiting' ? NOW + 4 * MINUTE : null, last_accepted_ms: options.empty ? null : NOW - 20 * MINUTE, trouble: phase === 'waiting' ? 'the server answered 503 Service Unavailable and asked to wait 240 s' : phase === 'sign_in_refused' ? 'POST /api/v1/auth/token answered 401' : '',
  });
  const keyRow = (at: number) => ({
    stove: numberOf(at), label: names[at % names.length]!, current: at % 5 === 4 ? null : key(20 + at, 200 - at, at === 1 ? { warnings: ['short'] } : at === 2 ? { warnings: ['public_demo_key'] } : at === 6 ? { held: false } : {}),
    previous: at % 3 === 0 ? key(8 + at, 400) : null, pending: at === 3 && change?.['open'] ? key(44, 0) : null, change: at === 3 ? change : null,
  });
  const find = (id: unknown) => stoves.find((one) => one.id === id);
  const stoveDetail = (row: ReturnType<typeof stoveRow>, more: Request = {}) => ({
    row, note: row.id === numberOf(0) ? 'Kunci pagar ada di Pak RT.' : '', tariff: '', set_position: null, previous_id: null,
    replacements: row.id === numberOf(5) ? [{ at_ms: NOW - 200 * DAY, last_total: 99_120, first_total: 0, note: 'Layar meter lama pecah.', by: 'rina' }] : [],
    ask_replacement: row.id === numberOf(5) ? reading(377, 5, 2 * DAY, { total: 12_040 }) : null,
    evidence: row.id === numberOf(2) ? [{ id: 1, stove: row.id, at_ms: NOW - 2 * DAY, last_ms: NOW - DAY, signature: 'demo_key', source: 'webcam', officer: 'rina', payload: 'V01;20220300023;1795400000;97.502;11.000;APIKEY01', scans: 4 }] : [],
    unread_visits: row.id === numberOf(9) ? [{ id: 1, stove: row.id, at_ms: NOW - DAY, reason: 'nobody home', note: 'Coba sore.', officer: 'Dewi', position: null }] : [], change: row.id === numberOf(3) ? change : null, ...more,
  });
  const move = (more: Request) => (change = { ...change, message: null, trouble: '', trouble_code: null, notice: null, moved_ms: NOW, ...more });

  const readNow = (one: Request) => Number(one['last_t_ms'] ?? 0) >= Date.UTC(2026, 9, 31, 17) && !(options.route && Number(one['id']) % 4 === 1);

  const answers: Answers = {
    'stoves.month': () => ({ month: '2026-11', stoves: stoves.length, read: stoves.filter(readNow).length }),
    'stoves.list': ({ search, flagged, unread, registered, read, limit, cursor }) =>
      list(stoves.filter((one) => (read === null || readNow(one) === read) && (!search || `${one.id} ${one.label} ${String(one['place'])}`.toLowerCase().includes(String(search).toLowerCase())) && (!flagged || Number(one['open_flags']) > 0) && (!unread || Number(one['unread']) > 0) && (registered === null || one['registered'] === registered)), limit, cursor),
    'stoves.get': ({ id }) => (find(id) ? stoveDetail(find(id)!) : refuse('not_found', `there is no stove ${String(id)}`, 'Look at the list.')),
    'stoves.save': ({ id, label, place, position, note, tariff }) => {
      if (String(label) === 'tolak') return refuse('invalid', 'the label `tolak` is taken', 'Choose another one.', 'label');
      const row = { ...(find(id) ?? { ...stoveRow(8), id: String(id) }), label: String(label), place, position };
      stoves = [...stoves.filter((one) => one.id !== id), row as never].sort((one, other) => one.id.localeCompare(other.id));
      return stoveDetail(row as never, { note, tariff });
    },
    'stoves.import': ({ text }) => ({ added: 2, changed: 1, refused: 1, keys: 2, lines: String(text).includes('12') ? [{ line: 4, stove: '', outcome: 'refused', message: '`123` is no stove number: it has 11 digits. Correct the line and import it again.' }] : [] }),
    'stoves.undo_replacement': ({ id, note }) => (note ? stoveDetail(find(id)!, { replacements: [] }) : refuse('invalid', 'this needs 1 to 500 characters, it has 0', 'Type it again.', 'note')),
    'stoves.replace_meter': ({ id, last_total, first_total, at_ms, note }) => stoveDetail(find(id)!, { ask_replacement: null, replacements: [{ at_ms, last_total, first_total, note, by: 'rina' }] }),
    'stoves.chart': ({ id, range, at }) => chart(String(id), String(range), at as string | null),
    'stove_tariffs.list': () => tariffs,
    'stove_tariffs.save': (tariff) => ((tariffs = [...tariffs.filter((one) => one.name !== tariff['name']), tariff as never]), tariff),
    'stove_tariffs.remove': ({ name }) => ((tariffs = tariffs.filter((one) => one.name !== name)), {}),
    'stove.demo': () => (options.tryOut ? { id: '20220300001', token: 'demo-qr', bluetooth: 'demo-ble', rows: Array.from({ length: 41 }, (_, y) => Array.from({ length: 41 }, (_, x) => ((x * 7 + y * 13 + ((x * y) % 5)) % 3 === 0 ? '1' : '0')).join('')) } : refuse('refused', 'this is no try-out')),
    'readings.list': ({ filter, limit, cursor }) => {
      const wanted = filter as Request;
      return list(readings.filter((one) => (!wanted['stove'] || one.stove === wanted['stove']) && (!wanted['signature'] || one['signature'] === wanted['signature']) && (!wanted['flagged'] || ['warning', 'alarm'].includes(String(one['worst']))) && (!wanted['source'] || one['source'] === wanted['source']) && (!wanted['standing'] || one.standing === wanted['standing']) && (!wanted['forward'] || one['forward'] === wanted['forward']) && (wanted['from_ms'] === null || one.at_ms >= Number(wanted['from_ms']))), limit, cursor);
    },
    'readings.export': ({ after }) => {
      const rows = [...readings].reverse();
      const half = Math.ceil(rows.length / 2);
      return Number(after) === 0 && rows.length > 1 ? { rows: rows.slice(0, half), next: half, total: rows.length } : { rows: rows.slice(Number(after)), next: null, total: rows.length };
    },
    'readings.get': ({ id }) => {
      const one = readings.find((row) => row.id === id);
      return one ? detail(one) : refuse('not_found', `there is no reading ${String(id)}`);
    },
    'readings.frame': ({ id }) => ({ id, png: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==' }),
    'readings.judge': ({ id, step, total, reason }) => {
      const one = readings.find((row) => row.id === id)!;
      if (reason === 'tolak') return refuse('refused', 'this reading has no neighbours to estimate from', 'Edit it instead.');
      Object.assign(one, { standing: { accept: 'validated', estimate: 'estimated', edit: 'edited', restore: 'raw' }[String(step)], judged_total: total });
      return detail(one, { judgements: [{ at_ms: NOW, standing: one.standing, total, reason, by: 'rina' }] });
    },
    'readings.take': ({ token }) => {
      if (String(token).startsWith('rusak')) return { outcome: 'unreadable', stove: '', signature: null, reading: null, message: 'the token has 1 part, not 2 or 3. Copy all of it.', code: 'token_parts' };
      if (String(token).startsWith('penuh')) return refuse('unavailable', 'the disk is full', 'Make room, then try again.');
      return taken(String(token).startsWith('contoh') ? 'demo_key' : String(token).startsWith('ulang') ? 'known' : String(token).startsWith('asing') ? 'unknown_stove' : 'valid');
    },
    'readings.take_image': ({ image, camera }) => {
      if (!camera) return { codes: String(image) === 'a29zb25n' ? [] : String(image) === 'ZHVh' ? [taken('valid'), taken('invalid')] : [taken('valid')], outlines: [] };
      pictures += 1;
      if (options.noPictures) return refuse('unavailable', 'this station does not read pictures', 'Paste the stove\'s token as text.');
      // Two without a code, then one that stays in view.
      return pictures < 3 ? { codes: [], outlines: [] } : { codes: pictures === 3 || (options.every && pictures % 4 === 3) ? [taken(options.verdict ?? 'valid')] : [], outlines: [[[435, 157], [812, 104], [851, 482], [475, 535]]] };
    },
    'readings.unread': (request) => ({ id: 9, at_ms: NOW, officer: 'rina', ...request }),
    'scan.cameras': () => (options.trouble === 'no_camera' ? [] : [
      { id: 'usb-c270', name: 'Logitech C270', formats: [{ width: 1280, height: 720, pixels: 'mjpg', fps: 30 }, { width: 640, height: 480, pixels: 'yuyv', fps: 30 }], trouble: null, trouble_text: '' },
      { id: 'usb-old', name: 'USB 2.0 Camera', formats: [{ width: 640, height: 480, pixels: 'yuyv', fps: 15 }], trouble: 'busy', trouble_text: 'in use' },
    ]),
    'scan.start': (request) => ((stopped = false), (frames = 0), (verdicts = 0), (started = request), scan()),
    'scan.stop': () => ((stopped = true), (started = {}), scan()),
    'scan.state': () => (void started, scan()),
    'radio.scan': () => (options.empty ? [] : options.failing ? refuse('bluetooth_off', 'Bluetooth is switched off; switch it on, then try again') : [
      { address: 'C4:4F:33:6A:10:2E', name: 'KOMPOR-0017', rssi_dbm: -52, services: ['180f'], likely: true }, { address: '7C:9E:BD:F1:00:41', name: '', rssi_dbm: -81, services: [], likely: false }, { address: 'AA:BB:CC:DD:EE:FF', name: 'JBL Flip 5', rssi_dbm: null, services: [], likely: false },
    ]),
    'radio.describe': () => [{ uuid: '0000ffe0-0000-1000-8000-00805f9b34fb', characteristics: [{ uuid: '0000ffe1-0000-1000-8000-00805f9b34fb', abilities: ['read', 'notify'] }, { uuid: '0000ffe2-0000-1000-8000-00805f9b34fb', abilities: ['write'] }] }],
    'radio.read': ({ address }) => (address === 'C4:4F:33:6A:10:2E' ? taken('valid') : refuse('bluetooth_dropped', 'the connection to the stove broke while reading; stay near it, then try again')),
    'forward.status': status,
    'forward.list': ({ state, stove, limit, cursor }) => list(forwards.filter((one) => (!state || one.state === state) && (!stove || one.stove === stove)), limit, cursor),
    'forward.retry': ({ ids, all }) => {
      const chosen = forwards.filter((one) => (ids as number[]).includes(one.id) || (all !== null && one.state === all));
      for (const one of chosen) Object.assign(one, { state: 'queued', last_status: null, last_answer: '', due_ms: null });
      forwards = [...forwards];
      return { count: chosen.length };
    },
    'forward.pause': ({ paused }) => ((phase = paused ? 'paused' : 'sending'), status()),
    'forward.set_password': ({ password: wanted }) => ((password = wanted !== ''), (phase = 'sending'), status()),
    'stove_keys.list': ({ search, registered, changing, limit, cursor }) => list(stoves.map((_, at) => keyRow(at)).filter((one) => (!changing || one.change !== null) && (!search || `${one.stove} ${one.label}`.toLowerCase().includes(String(search).toLowerCase())) && (registered === null || (one.current !== null) === registered)), limit, cursor),
    'stove_keys.register': ({ stove, secret }) => (secret !== null && String(secret).length < 4 ? refuse('invalid', 'the secret has 3 characters', 'Give at least 8.', 'secret') : { stove, key_id: 61, secret: secret === null ? 'k7f29mq2xw4tb6hcr3npv8yd2c5sj4ka7e9h' : null, warnings: secret !== null && String(secret).length < 32 ? ['short'] : [] }),
    'stove_keys.change': ({ stove, step, kind, new_id, address }) => {
      if (step === 'begin') return (change = { id: 8, stove, kind, state: 'prepared', reached: false, open: true, next: 'ask_server', old_id: kind === 'id' ? stove : null, new_id, begun_ms: NOW, by: 'rina', moved_ms: NOW, notice: null, trouble: '', trouble_code: null, message: null });
      if (step === 'server_agrees') return move({ state: 'server_acked', next: 'write' });
      if (step === 'write' && address === 'AA:BB:CC:DD:EE:FF') return move({ state: 'writing', reached: true, next: 'read_token', trouble: 'no answer while writing within 20000 ms; go nearer, then try again', trouble_code: 'bluetooth_timeout' });
      if (step === 'write') return address === 'C4:4F:33:6A:10:2E' ? move({ state: 'written', reached: true, next: 'read_token' }) : refuse('bluetooth_no_such_characteristic', 'the stove\'s service has no characteristic 0000fff2-0000-1000-8000-00805f9b34fb that allows this; list what it offers and set the right one');
      if (step === 'write_by_hand') return { ...move({ state: 'writing', reached: true, next: 'write' }), message: 'SECRET;oldoldoldold;newnewnewnew' };
      if (step === 'written') return move({ state: 'written', reached: true, next: 'read_token' });
      if (step === 'server_updated') return move({ state: 'server_updated', open: false, next: 'nothing' });
      if (step === 'server_refuses') return move({ state: 'abandoned', open: false, next: 'nothing', notice: 'server_refused' });
      if (step === 'abandon') return move({ state: 'abandoned', open: false, next: 'nothing' });
      return move({});
    },
    'stove_accounts.list': () => accounts,
    'stove_accounts.save': ({ name, active }) => {
      const saved = { name: String(name), active: active === true, made_ms: NOW, last_ms: accounts.find((one) => one.name === name)?.last_ms ?? null };
      accounts = [...accounts.filter((one) => one.name !== name), saved];
      return saved;
    },
    'stove_accounts.remove': ({ name }) => ((accounts = accounts.filter((one) => one.name !== name)), {}),
  };
  const failing = ['stoves.list', 'stoves.get', 'readings.list', 'forward.list', 'forward.status', 'stove_keys.list', 'scan.state', 'scan.cameras'];
  if (options.failing) for (const name of failing) answers[name] = () => refuse('unavailable', 'the disk does not answer', 'Look at Health.');
  return answers;
}
