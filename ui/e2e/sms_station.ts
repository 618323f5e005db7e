/** The SMS half of the station made of answers: lines, queue, inbox, rules. Only for looking at screens. */
type Request = Record<string, unknown>;
type Answer = unknown;
export type SmsAnswers = Record<string, (request: Request) => Answer>;
const refuse = (code: string, message: string, help = '', field: string | null = null) => ({ error: { code, message, help, field } });

const NOW = Date.UTC(2026, 10, 23, 3, 14, 32);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface SmsMock {
  /** How many lines there are; 4 when absent. */
  lines?: number;
  /** How many messages the queue has; 14 told ones first. */
  queue?: number;
  paused?: boolean;
  empty?: boolean;
  /** Every list fails. */
  failing?: boolean;
  closedWindow?: boolean;
}

export const smsRules: [string, string][] = [
  ['sms.send', 'Operator'], ['sms.preview', 'Operator'], ['sms.list', 'View'], ['sms.show', 'View'], ['sms.cancel', 'Operator'], ['sms.resolve', 'Operator'],
  ['sms.release', 'Administrator'], ['sms.pause', 'Administrator'], ['sms.counts', 'View'], ['sms.reveal', 'Operator'], ['inbox.list', 'View'], ['inbox.show', 'Operator'],
  ['inbox.remove', 'Operator'], ['inbox.reveal', 'Operator'], ['block.list', 'View'], ['block.add', 'Operator'], ['block.remove', 'Operator'], ['templates.list', 'Operator'],
  ['templates.save', 'Operator'], ['templates.remove', 'Operator'], ['lines.list', 'View'], ['lines.show', 'View'], ['lines.save', 'Administrator'],
  ['lines.remove', 'Administrator'], ['lines.detect', 'Administrator'], ['lines.confirm_sim', 'Administrator'], ['lines.wake', 'Operator'],
  ['lines.command', 'Administrator'], ['ussd.send', 'Operator'], ['ussd.cancel', 'Operator'], ['ussd.list', 'Operator'], ['routing.get', 'View'],
  ['routing.set', 'Administrator'], ['routing.test', 'View'],
];

export const smsSettings = () => ({
  enabled: true, country_code: '62', time_zone: 'Asia/Jakarta', otp_minutes: 10, normal_hours: 24, window_from: 480 as number | null, window_to: 1_200 as number | null,
  reports: true, resend_otp: true, volatile_otp: false, wide_references: false, gap_hours: 24, keep_days: 90, canary_minutes: 60,
});

const lineSettings = (name: string, perDay: number, prefixes: string[]) => ({
  name, active: true, send_from_api: true, is_default: name.endsWith(' 1'), prefixes, smsc: '', msisdn: '', port: '', baud: 0, parity: 'none', data_bits: 8, start_bits: 1,
  stop_bits: 1, init: ['+CNMI=2,1,0,1,0'], limits: { per_second: 1, per_hour: 120, per_day: perDay, per_month: 10_000, recipients_per_day: 0, gap_min_ms: 2_000, gap_max_ms: 6_000 },
  tariff: [{ prefix: '', price: 350, after: 0, price_after: 0 }, ...prefixes.map((prefix) => ({ prefix, price: 150, after: 100, price_after: 100 }))],
  packages: [{ prefixes, left: 1_188, until_ms: NOW + 12 * DAY }], balance_code: '*888#', balance_hours: 6, balance_floor: 5_000, canary: true, internet: false,
  apn: 'internet', apn_user: '', dial_number: '*99#', init_dial: [] as string[], dial_command: 'ATDT',
});

const hours = (per: number) => Array.from({ length: 24 }, (_, at) => (at < 4 || at > 10 ? 0 : Math.round(per * [0.06, 0.2, 0.6, 1, 0.9, 0.75, 0.8][at - 4]!)));
const operators = [['Telkomsel', 'Huawei E3372', ['62812', '62813', '62821', '62852']], ['Indosat', 'Huawei E173', ['62857', '62815']], ['XL', 'ZTE MF190', ['62878', '62838']], ['Tri', 'Quectel EC25', ['62896']]] as const;

export function line(id: number): Record<string, unknown> & { id: number; settings: ReturnType<typeof lineSettings>; status: string } {
  const [operator, model, prefixes] = operators[(id - 1) % 4]!;
  const perDay = [500, 400, 300, 300][(id - 1) % 4]!;
  const today = [412, 286, 96, 178][(id - 1) % 4]!;
  const odd: Record<number, string> = { 3: 'quarantined', 4: 'doubtful', 11: 'sim_swapped', 18: 'no_sim', 23: 'searching', 30: 'pin_wrong', 37: 'absent', 42: 'off', 51: 'recovering', 60: 'port_taken' };
  const status = odd[id] ?? 'ready';
  const dead = ['quarantined', 'no_sim', 'absent', 'off', 'pin_wrong', 'port_taken', 'recovering', 'searching'].includes(status);
  const left = perDay * 0.8 - today;
  return {
    id, imei: `35909703${String(1_234_567 + id).padStart(7, '0')}`, iccid_tail: status === 'no_sim' ? '' : ['0417', '8832', '2961', '5570'][(id - 1) % 4], port: status === 'absent' ? '' : `/dev/ttyUSB${id * 2}`, status, since_ms: NOW - 12 * MINUTE,
    trouble: status === 'quarantined' ? 'The network refuses this SIM since 10:02 (CME 11). 12 messages went to other lines. Check its validity, or put in another SIM.' : '',
    model, firmware: '22.200.15.00.1134', operator: dead && status !== 'quarantined' ? '' : operator, roaming: id === 2 && false, signal_dbm: dead ? null : [-67, -79, null, -91][(id - 1) % 4], msisdn: '+62 812 •••• 0417', smsc: '+6281100000',
    stored: 2, stored_max: 50, pin_tries: 3, has_pin: id === 1, baud: 115_200, queue: [3, 2, 0, 1][(id - 1) % 4], sending: status === 'ready' && id === 1 ? 912 : null, last_sent_ms: NOW - id * 4 * SECOND, recoveries: status === 'quarantined' ? 4 : 0,
    usage: { today, today_otp: 40, by_hour: hours([90, 70, 30, 32][(id - 1) % 4]!), hour: 60, month: 4_120, left_normal: Math.max(0, left), left_otp: perDay - today },
    balance: { amount: [84_250, 51_900, 12_400, 33_750][(id - 1) % 4], at_ms: NOW - 34 * MINUTE, expires_ms: NOW + 60 * DAY, days_left: [9, 6, null, 11][(id - 1) % 4] },
    settings: lineSettings(`Jalur ${id}`, perDay, [...prefixes]),
  };
}

const none = { code: '', text: '', until_ms: null };
type Row = { id: number; at_ms: number; state: string; reason: { code: string; text: string; until_ms: number | null }; class: string; to: string; origin: string; line_id: number | null; line: string; parts: number; deadline_ms: number | null; sent_ms: number | null; done_ms: number | null; cost: number | null };
const row = (id: number, state: string, to: string, kind: string, lineId: number | null, code: string, more: Partial<Row> = {}): Row => ({
  id, at_ms: NOW - (1_000 - id) * 7 * SECOND, state, reason: code ? { code, text: `station: ${code}`, until_ms: null } : none, class: kind, to, origin: id % 3 ? 'api' : 'rina', line_id: lineId, line: lineId ? `Jalur ${lineId}` : '', parts: 1,
  deadline_ms: NOW + (kind === 'otp' ? 9 * MINUTE + 47 * SECOND : DAY - 20 * SECOND), sent_ms: null, done_ms: null, cost: 350, ...more,
});

function told(): Row[] {
  return [
    row(912, 'submitting', '+62 812 •••• 4417', 'otp', 1, ''),
    row(911, 'leased', '+62 857 •••• 0338', 'normal', 2, ''),
    row(910, 'queued', '+62 878 •••• 5530', 'normal', null, 'line_down'),
    row(909, 'queued', '+62 813 •••• 2286', 'otp', null, 'gap', { reason: { code: 'gap', text: '4 s', until_ms: NOW + 4 * SECOND }, deadline_ms: NOW + 9 * MINUTE + 18 * SECOND }),
    row(908, 'in_doubt', '+62 895 •••• 7741', 'normal', 4, 'modem_silent', { deadline_ms: NOW + 43 * MINUTE + 34 * SECOND, at_ms: NOW - 23 * HOUR, parts: 1 }),
    row(907, 'in_doubt', '+62 895 •••• 1190', 'otp', 4, 'modem_silent', { deadline_ms: NOW + 41 * SECOND, at_ms: NOW - 9 * MINUTE }),
    row(906, 'held', '+62 819 •••• 0462', 'normal', null, 'restored', { deadline_ms: null }),
    row(905, 'scheduled', '+62 821 •••• 6608', 'normal', null, 'scheduled', { reason: { code: 'scheduled', text: '', until_ms: NOW + DAY + 3 * HOUR }, deadline_ms: NOW + 2 * DAY }),
    row(904, 'sent', '+62 838 •••• 8813', 'normal', 1, '', { sent_ms: NOW - 40 * SECOND }),
    row(903, 'delivered', '+62 852 •••• 7795', 'otp', 1, '', { sent_ms: NOW - 60 * SECOND, done_ms: NOW - 57 * SECOND }),
    row(902, 'delivered', '+62 815 •••• 3349', 'normal', 1, '', { sent_ms: NOW - 70 * SECOND, done_ms: NOW - 66 * SECOND, parts: 2, cost: 700 }),
    row(901, 'failed', '+62 899 •••• 3050', 'normal', 2, 'number', { done_ms: NOW - 80 * SECOND }),
    row(900, 'expired', '+62 878 •••• 1276', 'otp', 3, 'deadline', { done_ms: NOW - 90 * SECOND }),
    row(899, 'cancelled', '+62 812 •••• 2057', 'normal', null, 'cancelled', { done_ms: NOW - 95 * SECOND }),
  ];
}

const filters: Record<string, string[]> = {
  waiting: ['scheduled', 'queued', 'held', 'leased', 'submitting'], in_doubt: ['in_doubt'], failed: ['failed', 'expired', 'lost'], gone: ['sent', 'delivered'], held: ['held'],
};

const candidate = (lineId: number, verdict: string, code: string, price: number | null, until_ms: number | null = null) => ({ line_id: lineId, line: `Jalur ${lineId}`, verdict, code, text: `station: ${code}`, price, until_ms });
export const decision = (number: string, prefix: string | null, label: string, chosen: number | null) => ({
  number, prefix, label, line_id: chosen, line: chosen ? `Jalur ${chosen}` : '', price: chosen ? 350 : null, code: chosen ? 'chosen' : 'no_line', text: 'station: words',
  candidates: [
    ...(chosen ? [candidate(chosen, 'chosen', 'cheapest', 350)] : []), candidate(3, 'out', 'line_down', 150), candidate(4, 'waits', 'limit_hour', 300, NOW + 20 * MINUTE), candidate(1, 'spare', 'dearer', 500),
  ].filter((one, at, list) => list.findIndex((other) => other.line_id === one.line_id) === at),
});

const inboxRow = (id: number, kind: string, from: string, excerpt: string, minutes: number, more: object = {}) => ({
  id, kind, at_ms: NOW - minutes * MINUTE, smsc_ms: NOW - minutes * MINUTE - 2 * SECOND, from, line_id: (id % 4) + 1, line: `Jalur ${(id % 4) + 1}`, excerpt, parts: 1, parts_total: 1, unread: false, ...more,
});
const inbox = () => [
  inboxRow(40, 'sms', '+62 812 •••• 4417', 'Saldo anak saya sudah masuk belum ya? Tadi dicoba di kantin katanya kartu belum…', 2, { unread: true }),
  inboxRow(39, 'sms', '+62 857 •••• 0338', 'STOP', 6, { unread: true }),
  inboxRow(38, 'call', '+62 813 •••• 9920', '', 11, { unread: true }),
  inboxRow(37, 'sms', '+62 838 •••• 7702', 'Yth. Kantin Teknik, mohon dikirim rincian saldo […] atas nama Larasati.', 23, { parts: 2, parts_total: 3 }),
  inboxRow(36, 'sms', 'Telkomsel', 'Sisa kuota SMS Anda 1.188 berlaku sampai 05/12/2026. Info *888#', 44),
  inboxRow(35, 'unreadable', '', '', 58),
  inboxRow(34, 'sms', 'GoPay', 'Kode Anda •••••• jangan diberikan kepada siapa pun.', 62),
  inboxRow(33, 'sms', '+62 896 •••• 1204', 'Terima kasih, sudah saya isi.', 190),
  inboxRow(32, 'sms', '+62 821 •••• 3388', 'Besok kantin buka jam berapa?', 1_600),
  inboxRow(31, 'sms', '+62 899 •••• 3050', 'Salah nomor', 1_720),
];
const texts: Record<number, string> = {
  40: 'Saldo anak saya sudah masuk belum ya? Tadi dicoba di kantin katanya kartu belum dikenal. Mohon dibantu, Bu, supaya besok bisa makan siang.',
  37: 'Yth. Kantin Teknik, mohon dikirim rincian saldo […] atas nama Larasati. Terima kasih.',
  35: 'The user data is shorter than its length says (TS 23.040, 9.2.3.16).',
};

const rule = (prefix: string, label: string, lines: number[][], deny = false) => ({ prefix, label, deny, lines });
const rules = () => [
  rule('62812', 'Telkomsel simPATI', [[1], [2], [4]]), rule('62813', 'Telkomsel simPATI', [[1], [2], [4]]), rule('62821', 'Telkomsel simPATI', [[1], [2, 4]]), rule('62852', 'Telkomsel Kartu As', [[1], [2], [4]]),
  rule('62857', 'Indosat IM3', [[2], [1], [4]]), rule('62815', 'Indosat Matrix', [[2], [1], [4]]), rule('62878', 'XL Prabayar', [[3], [2], [4]]), rule('62838', 'Axis', [[3], [2], [4]]), rule('62896', 'Tri', [[4], [1, 2]]),
  rule('62881', 'Smartfren', [[2], [1]]), rule('62', 'Indonesia lainnya', [[1, 2, 4]]), rule('', 'Luar negeri', [], true),
];

export function smsAnswers(options: SmsMock): SmsAnswers {
  const count = options.empty ? 0 : (options.lines ?? 4);
  const lines = Array.from({ length: count }, (_, at) => line(at + 1));
  let paused = options.paused ?? false;
  let queue: Row[] = options.empty ? [] : told();
  for (let id = 898; queue.length < (options.queue ?? 0); id -= 1) {
    queue.push(row(id, id % 9 ? 'delivered' : 'failed', `+62 8${12 + (id % 80)} •••• ${String(1_000 + (Math.abs(id) % 9_000))}`, id % 4 ? 'normal' : 'otp', (Math.abs(id) % 4) + 1, id % 9 ? '' : 'network', { sent_ms: NOW - 9 * MINUTE, done_ms: NOW - 9 * MINUTE + 3_400 }));
  }
  let mail = options.empty ? [] : inbox();
  let routing = { version: 7, rules: options.empty ? [] : rules(), changed_ms: options.empty ? null : NOW - 9 * DAY, changed_by: options.empty ? '' : 'rina' };
  let blocked = options.empty ? [] : [
    { id: 1, number: '+62 812 •••• 9911', note: 'Minta tidak dikirimi lagi (STOP)', at_ms: NOW - 3 * DAY, by: 'rina' }, { id: 2, number: '+62 857 •••• 0338', note: '', at_ms: NOW - 40 * DAY, by: 'Dewi Anggraini' },
  ];
  let templates = options.empty ? [] : [{ id: 1, name: 'Saldo tipis', text: 'Halo, saldo kartu Anda tinggal Rp 8.500. Isi di koperasi sebelum Senin pukul 08.00.' }, { id: 2, name: 'Libur', text: 'Kantin tutup pada hari libur.' }];
  const turn = (text: string, ours: boolean, at: number, more: object = {}) => ({ line_id: 1, at_ms: NOW - at * SECOND, ours, text, answerable: false, pushed: false, balance: null, ...more });
  const turns = options.empty ? [] : [
    turn('*888#', true, 200), turn('Sisa Pulsa Rp84.250. Aktif s.d. 22/01/2027.', false, 196, { balance: 84_250 }), turn('Promo: paket SMS 1000 hanya Rp10.000.', false, 120, { pushed: true }),
    turn('*123#', true, 30), turn('1 Info Kuota\n2 Beli Paket\n3 Transfer Pulsa\n0 Keluar', false, 26, { answerable: true }),
  ];
  const all = new Map(queue.map((one) => [one.id, one]));
  const failing = () => refuse('unavailable', 'the queue cannot be read: the disk is full', 'Make room on the disk, then try again.');
  const counts = () => ({
    waiting: queue.filter((one) => filters['waiting']!.includes(one.state)).length, in_doubt: queue.filter((one) => one.state === 'in_doubt').length, held: queue.filter((one) => one.state === 'held').length, sent_today: options.empty ? 0 : 972,
    delivered_today: options.empty ? 0 : 941, failed_today: options.empty ? 0 : 6, unread: mail.filter((one) => one.unread).length, lines_ready: lines.filter((one) => ['ready', 'doubtful'].includes(one.status)).length,
    lines: lines.filter((one) => !['absent', 'off'].includes(one.status)).length, paused,
  });
  const page = <T extends { id: number }>(rows: T[], { cursor, limit }: Request) => {
    const rest = rows.filter((one) => cursor === null || cursor === undefined || one.id < Number(cursor));
    const part = rest.slice(0, Number(limit ?? 50));
    return { rows: part, next: part.length < rest.length ? part.at(-1)!.id : null, total: rows.length };
  };
  const detail = (one: Row) => ({
    row: one, text: one.class === 'otp' || ['delivered', 'failed', 'expired', 'cancelled'].includes(one.state) ? null : 'Halo, saldo kartu Anda tinggal Rp 8.500. Isi di koperasi sebelum Senin pukul 08.00 supaya tetap bisa makan siang di kantin.', alphabet: 'gsm7', flash: false,
    priority: 0, attempts: one.line_id ? 1 : 0, resent: false, route: one.line_id ? decision(one.to, one.to.replace(/\D/g, '').slice(0, 5), 'Tri', one.line_id) : null,
    parts: one.line_id ? Array.from({ length: one.parts }, (_, at) => ({ sequence: at + 1, state: one.state === 'leased' ? 'submitting' : one.state, reference: one.state === 'submitting' ? null : 118 + at, submitted_ms: one.at_ms + 2_000, sent_ms: one.sent_ms, report_status: one.done_ms ? 0 : null, report_ms: one.done_ms })) : [],
    steps: [
      { at_ms: one.at_ms, state: 'queued', text: 'accepted' }, ...(one.line_id ? [{ at_ms: one.at_ms + SECOND, state: 'leased', text: `taken by ${one.line}` }, { at_ms: one.at_ms + 2 * SECOND, state: 'submitting', text: 'part 1 of 1 given to the modem' }] : []),
      ...(['queued', 'leased', 'submitting'].includes(one.state) ? [] : [{ at_ms: one.at_ms + 62 * SECOND, state: one.state, text: 'no answer for 60 s' }]),
    ],
  });

  const lists: SmsAnswers = {
    'sms.list': (request) => {
      const states = filters[String(request['filter'])];
      if (request['number'] === 'abc') return refuse('invalid', '`abc` is no number', 'Type the whole number.', 'number');
      return page(queue.filter((one) => (!states || states.includes(one.state)) && (!request['class'] || one.class === request['class']) && (!request['number'] || one.to.endsWith(String(request['number']).slice(-4)))), request);
    },
    'inbox.list': (request) => page(mail.filter((one) => !request['unread'] || one.unread), request),
    'lines.list': () => lines,
    'routing.get': () => routing,
    'block.list': () => blocked,
    'ussd.list': ({ id }) => (id === 1 ? turns : []),
    'templates.list': () => templates,
  };
  return {
    ...(options.failing ? Object.fromEntries(Object.keys(lists).map((name) => [name, failing])) : lists),
    'sms.counts': counts,
    'sms.show': ({ id }) => (all.get(Number(id)) ? detail(all.get(Number(id))!) : refuse('not_found', `there is no message ${String(id)}`)),
    'sms.reveal': () => ({ number: '+6289512347741' }),
    'inbox.reveal': () => ({ number: '+6281234564417' }),
    'sms.pause': (request) => ((paused = Boolean(request['paused'])), counts()),
    'sms.release': () => ({ changed: 1, too_late: 0 }),
    'sms.cancel': ({ ids }) => {
      const gone = ids as number[];
      queue = queue.map((one) => (gone.includes(one.id) ? { ...one, state: 'cancelled', reason: { code: 'cancelled', text: '', until_ms: null } } : one));
      for (const one of queue) all.set(one.id, one);
      return { changed: gone.length, too_late: 0 };
    },
    'sms.resolve': ({ id, verdict }) => {
      const one = all.get(Number(id))!;
      const state = verdict === 'assume_sent' ? 'sent' : verdict === 'assume_failed' ? 'failed' : 'queued';
      const changed = { ...one, state, reason: { code: state === 'queued' ? 'turn' : `assumed_${state}`, text: '', until_ms: null } };
      all.set(one.id, changed);
      queue = queue.map((other) => (other.id === one.id ? changed : other));
      return detail(changed);
    },
    'sms.preview': ({ to, text, class: kind }) => {
      const numbers = to as string[];
      const words = String(text);
      const foreign = Array.from(new Set(Array.from(words).filter((sign) => sign.codePointAt(0)! > 0x2000))).join('');
      const [one, more] = foreign ? [70, 67] : [160, 153];
      const parts = words === '' ? 0 : words.length <= one ? 1 : Math.ceil(words.length / more);
      const room = parts <= 1 ? one : parts * more;
      const bad = numbers.map((number, place) => ({ number, place })).filter(({ number }) => number.replace(/\D/g, '').length < 6 || number.endsWith('0338'));
      const good = numbers.length - bad.length;
      return {
        alphabet: foreign ? 'ucs2' : 'gsm7', units: words.length, parts, left: room - words.length, room, foreign, recipients: good,
        left_out: bad.map(({ number, place }) => ({ place, shown: number, why: number.endsWith('0338') ? 'blocked' : `\`${number}\` is no number` })), cost: good * parts * 325,
        routes: numbers.filter((number) => !bad.some((other) => other.number === number)).slice(0, 20).map((number) => decision(`+62 8•• •••• ${number.replace(/\D/g, '').slice(-4)}`, '62812', 'Telkomsel', 1)), window_opens_ms: options.closedWindow && kind === 'normal' ? NOW + 9 * HOUR : null,
      };
    },
    'sms.send': ({ to, class: kind, text }) => {
      if (String(text).includes('tolak')) return refuse('invalid', 'the text has 20,001 characters', 'Shorten it.', 'text');
      const numbers = to as string[];
      if (kind === 'otp') return { ids: [9001], left_out: [], repeated: false, waiting: 4 };
      const left = numbers.map((shown, place) => ({ shown, place, why: 'blocked' })).filter(({ shown }) => shown.endsWith('0338'));
      return { ids: numbers.filter((number) => !number.endsWith('0338')).map((_, at) => 913 + at), left_out: left, repeated: false, waiting: null };
    },
    'templates.save': ({ id, name, text }) => {
      const saved = { id: Number(id ?? 3), name: String(name), text: String(text) };
      templates = [...templates.filter((one) => one.id !== saved.id), saved];
      return saved;
    },
    'templates.remove': ({ id }) => ((templates = templates.filter((one) => one.id !== id)), {}),
    'inbox.show': ({ id }) => {
      mail = mail.map((one) => (one.id === id ? { ...one, unread: false } : one));
      const one = mail.find((other) => other.id === id);
      return one ? { row: one, text: texts[one.id] ?? one.excerpt, pdu: one.kind === 'unreadable' ? '07912618010000F0040C9126181432547100006211320311122882C8329BFD0685' : null } : refuse('not_found', 'it is gone');
    },
    'inbox.remove': ({ id }) => ((mail = mail.filter((one) => one.id !== id)), {}),
    'block.add': ({ number, note }) => {
      const added = { id: 3, number: `+62 8•• •••• ${String(number).slice(-4)}`, note: String(note), at_ms: NOW, by: 'rina' };
      blocked = [added, ...blocked];
      return added;
    },
    'block.remove': ({ id }) => ((blocked = blocked.filter((one) => one.id !== id)), {}),
    'lines.show': ({ id }) => lines.find((one) => one.id === id) ?? refuse('not_found', `there is no line ${String(id)}`),
    'lines.save': ({ id, settings }) => {
      const one = lines.find((other) => other.id === id)!;
      if ((settings as { name: string }).name === 'x'.repeat(41)) return refuse('invalid', 'the name has 41 characters', 'Take 40 at most.', 'settings.name');
      return Object.assign(one, { settings });
    },
    'lines.confirm_sim': ({ id }) => Object.assign(lines.find((other) => other.id === id)!, { status: 'ready' }),
    'lines.wake': ({ id }) => (Object.assign(lines.find((other) => other.id === id)!, { status: 'starting', trouble: '' }), {}),
    'lines.remove': ({ id }) => (lines.splice(lines.findIndex((one) => one.id === id), 1), {}),
    'lines.command': ({ command }) => (/CMGS|CPIN=|^D/i.test(String(command)) ? refuse('refused', `\`AT${String(command)}\` sends, dials or writes a PIN`, 'Use the screens for that.', 'command') : { lines: ['+CSQ: 23,99', '', 'OK'] }),
    'lines.detect': ({ probe }) => [
      ...lines.slice(0, 2).map((one) => ({ port: one['port'], usb: '12d1:1001', product: one['model'], surely_modem: true, line_id: one.id, baud: 115_200, note: '' })),
      { port: '/dev/ttyUSB20', usb: '2c7c:0125', product: 'Quectel EC25', surely_modem: true, line_id: null, baud: 115_200, note: 'new: it becomes a line now' },
      (probe as string[]).includes('/dev/ttyACM0') ? { port: '/dev/ttyACM0', usb: '2341:0043', product: 'Arduino Uno', surely_modem: false, line_id: null, baud: null, note: 'did not answer as a modem at any speed' } : { port: '/dev/ttyACM0', usb: '2341:0043', product: 'Arduino Uno', surely_modem: false, line_id: null, baud: null, note: 'may be a card reader' },
    ],
    'ussd.send': ({ line_id, text }) => {
      turns.push({ ...turn(String(text), true, 0), line_id: Number(line_id) });
      const answer = { ...turn('Kuota SMS: 1.188 ke sesama, berlaku sampai 05/12/2026.', false, 0), line_id: Number(line_id) };
      turns.push(answer);
      return answer;
    },
    'ussd.cancel': () => {
      turns.push({ ...turn('', false, 0), text: 'ended' });
      return {};
    },
    'routing.set': (request) => {
      if (request['version'] !== routing.version) return refuse('taken', 'the rules were changed by somebody else meanwhile', 'Look at them again.');
      routing = { ...(request as typeof routing), version: routing.version + 1, changed_ms: NOW, changed_by: 'rina' };
      return routing;
    },
    'routing.test': ({ number }) => (String(number).replace(/\D/g, '').length < 6 ? refuse('invalid', `\`${String(number)}\` is no number`, 'Type at least 6 digits.', 'number') : decision('+62 878 •••• 5530', '62878', 'XL Prabayar', 2)),
  };
}
