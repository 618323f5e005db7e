/**
 * A station made of answers, for looking at screens that have no data yet: `page.route` on `/rpc/*`. It keeps just
 * enough state for a person to walk through; no test may take it for proof of what the station does.
 */
import type { Page } from 'playwright-core';
import { Album, albumRules, type MockPicture } from './picture_album';
import { smsAnswers, smsRules, smsSettings, type SmsMock } from './sms_station';
import { scanFrame, stoveAnswers, stoveRules, stoveSettings, type StoveMock } from './stove_station';

const NOW = Date.UTC(2026, 10, 23, 3, 14, 32);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Answer = unknown | { error: { code: string; message: string; help: string; field: string | null } };
const refuse = (code: string, message: string, help = '', field: string | null = null) => ({ error: { code, message, help, field } });

/** Fields of `counter.show`. */
export type CounterMock = Record<string, unknown>;

export interface MockOptions {
  role?: string;
  locked?: boolean;
  mustChange?: boolean;
  signedOut?: boolean;
  totp?: boolean;
  pin?: boolean;
  idleS?: number;
  canSend?: boolean;
  empty?: boolean;
  /** Everything that can be in trouble is: vault, certificate, health. */
  trouble?: boolean;
  broken?: boolean;
  till?: boolean;
  sms?: SmsMock;
  stove?: StoveMock;
  /** The shop's pictures. */
  pictures?: MockPicture[];
  /** What the counter shows otherwise than at rest. Given, the counter is told to look twice a second. */
  counter?: CounterMock;
  payments?: object[];
  tills?: object[];
  /** Events that the stream tells once, after its first heartbeat. */
  events?: object[];
  /** Leaves the browser's clock alone; otherwise it stands still, so that pictures are the same each time. */
  liveClock?: boolean;
}

const person = (id: number, name: string, role: string, more: object = {}) => ({
  id, name, role, active: true, totp: false, pin: false, must_change: false, contact: null, ...more,
});

const people = [
  person(1, 'rina', 'owner', { totp: true, pin: true, contact: 'r•••@kantin.id' }),
  person(2, 'Budi Santoso', 'administrator', { totp: true, contact: '+62 812 •••• 4417' }),
  person(3, 'Dewi Anggraini', 'operator', { pin: true }),
  person(4, 'agus', 'cashier', { pin: true, must_change: true }),
  person(5, 'Maria Simanjuntak', 'auditor', { contact: 'm•••@kampus.ac.id' }),
  person(6, 'hendra', 'cashier', { active: false }),
];

const all = ['owner', 'administrator', 'operator', 'cashier', 'auditor'];
const sets: Record<string, string[]> = {
  Public: all, Own: all, Person: all, Counter: ['owner', 'administrator', 'operator', 'cashier'],
  View: ['owner', 'administrator', 'operator', 'auditor'], Operator: ['owner', 'administrator', 'operator'],
  Administrator: ['owner', 'administrator'], Owner: ['owner'],
};
const commands: [string, string][] = [
  ['station.status', 'Public'], ['session.sign_in', 'Public'], ['session.sign_out', 'Public'], ['session.current', 'Own'], ['session.touch', 'Own'],
  ['session.lock', 'Own'], ['session.unlock', 'Own'], ['session.change_password', 'Own'], ['session.set_pin', 'Person'], ['sessions.list', 'Person'],
  ['sessions.end', 'Person'], ['sessions.end_all', 'Person'], ['totp.begin', 'Person'], ['totp.confirm', 'Person'], ['totp.remove', 'Person'],
  ['totp.new_codes', 'Person'], ['operators.list', 'Administrator'], ['operators.add', 'Administrator'], ['operators.update', 'Administrator'],
  ['operators.reset', 'Administrator'], ['password.forgot', 'Public'], ['password.reset', 'Public'], ['recovery.make', 'Owner'], ['recovery.show', 'Administrator'],
  ['recovery.seen', 'Owner'], ['recovery.use', 'Public'], ['roles.show', 'Person'], ['accounts.list', 'View'], ['accounts.show', 'View'], ['accounts.create', 'Operator'],
  ['accounts.set_state', 'Operator'], ['accounts.topup', 'Operator'], ['accounts.adjust', 'Administrator'], ['cards.enrol', 'Operator'], ['cards.set_state', 'Operator'],
  ['cards.reveal', 'Operator'], ['cards.unknown', 'View'], ['payments.list', 'View'], ['payments.show', 'View'], ['payments.reverse', 'Administrator'],
  ['rejected.list', 'View'], ['tills.list', 'View'], ['tills.create', 'Administrator'], ['tills.update', 'Administrator'], ['tills.arm', 'Counter'], ['tills.cancel', 'Counter'],
  ['tills.pairing_code', 'Operator'], ['readers.list', 'View'], ['readers.add', 'Administrator'], ['readers.update', 'Administrator'], ['readers.tap', 'Operator'],
  ['counter.show', 'Counter'], ['counter.switch', 'Counter'], ['counter.leave', 'Counter'], ['audit.list', 'View'], ['audit.verify', 'View'], ['approvals.list', 'View'],
  ['approvals.decide', 'Administrator'], ['approvals.withdraw', 'Operator'], ['tokens.issue', 'Administrator'], ['tokens.list', 'View'], ['tokens.revoke', 'Administrator'],
  ['tokens.rotate_keys', 'Owner'], ['health.show', 'View'], ['health.accept_clock', 'Administrator'], ['ledger.verify', 'View'], ['ledger.stats', 'View'], ['settings.get', 'View'], ['settings.set', 'Administrator'], ['broker.set_password', 'Administrator'], ['network.show', 'View'], ['network.renew_ca', 'Owner'],
  ['vault.status', 'Administrator'], ['vault.rotate', 'Owner'], ['audit.export', 'View'], ...smsRules, ...stoveRules, ...albumRules,
];
const rules = commands.map(([command, access]) => ({ command, public: access === 'Public', counter: access === 'Counter', roles: access === 'Public' ? [] : sets[access] }));

const acts: [string, string, string, string, string, unknown, unknown][] = [
  ['rina', 'browser', '', 'operators.update', 'agus', { role: 'operator', active: true, contact: null }, { role: 'cashier', active: true, contact: 'a•••@kantin.id' }],
  ['Budi Santoso', 'browser', '192.168.1.23', 'settings.set', 'version 14', { security: { two_person: false, two_person_above: 100000 }, payments: { max_per_tap: 500000 } }, { security: { two_person: true, two_person_above: 50000 }, payments: { max_per_tap: 250000 } }],
  ['nobody', 'browser', '192.168.1.44', 'session.sign_in', 'sign_in_refused: rina', null, null],
  ['Dewi Anggraini', 'counter', '', 'counter.switch', 'Meja 1', null, null],
  ['rina', 'browser', '', 'accounts.adjust', 'Siti Rahmawati', { balance: 62500 }, { balance: 87500 }],
  ['local command line', 'local', '', 'tokens.issue', 'laporan harian', null, { role: 'auditor', hours: 720 }],
  ['Maria Simanjuntak', 'browser', '10.8.0.3', 'payments.reverse', 'forbidden', null, null],
  ['rina', 'console', '', 'session.sign_in', '', null, null],
  ['Dewi Anggraini', 'browser', '', 'accounts.topup', 'Budi Santoso', { balance: 37500 }, { balance: 87500 }],
  ['token laporan harian', 'api', '192.168.1.9', 'payments.list', 'forbidden', null, null],
];
const audit = Array.from({ length: 60 }, (_, at) => {
  const [actor, surface, peer, act, subject, before, after] = acts[at % acts.length]!;
  const refused = act === 'payments.list' || act === 'payments.reverse' || subject.startsWith('sign_in_refused');
  return { id: 1842 - at, at_ms: NOW - at * 37 * MINUTE, actor, surface, peer, act, result: refused ? 'refused' : 'done', subject, before, after, hash: '9f2c41d07be35a86'.repeat(4) };
});

const approval = (id: number, state: string, subject: string, by: string, more: object = {}) => ({
  id, command: 'accounts.adjust', subject, asked_by: by, asked_ms: NOW - id * HOUR, expires_ms: NOW + 20 * HOUR, state, decided_by: null, decided_ms: null, note: '', may_decide: false, may_withdraw: false, ...more,
});
const approvals = [
  approval(3, 'waiting', 'Siti Rahmawati, +Rp 250.000, saldo hilang saat kartu diganti', 'Budi Santoso', { may_decide: true }),
  approval(2, 'waiting', 'Agus Setiawan, −Rp 180.000, isi saldo tercatat dua kali', 'rina', { may_withdraw: true }),
  approval(1, 'refused', 'Dewi Anggraini, +Rp 500.000', 'Budi Santoso', { decided_by: 'rina', decided_ms: NOW - HOUR, note: 'Tidak ada bukti setoran.' }),
  approval(0, 'carried_out', 'Rizky Pratama, +Rp 120.000', 'rina', { decided_by: 'Budi Santoso', decided_ms: NOW - HOUR, note: '' }),
];

const sessions = [
  { id: 11, operator: 'rina', till: null, surface: 'browser', peer: '', agent: 'Firefox 145, Linux', since_ms: NOW - 3 * HOUR, seen_ms: NOW, expires_ms: NOW + 9 * HOUR, locked: false, strong: true, current: true },
  { id: 12, operator: 'rina', till: null, surface: 'console', peer: '', agent: '', since_ms: NOW - 26 * HOUR, seen_ms: NOW - 2 * HOUR, expires_ms: NOW + HOUR, locked: true, strong: true, current: false },
  { id: 15, operator: 'rina', till: null, surface: 'browser', peer: '192.168.1.23', agent: 'Chrome, Android', since_ms: NOW - 5 * HOUR, seen_ms: NOW - HOUR, expires_ms: NOW + HOUR, locked: false, strong: false, current: false },
];

const token = (jti: string, name: string, role: string, more: object = {}) => ({
  jti, name, role, kid: 'k-2026-11', made_by: 'rina', made_ms: NOW - 40 * HOUR, expires_ms: NOW + 500 * HOUR, revoked_ms: null, valid: true, ...more,
});
const tokens = [
  token('01JD4Q8T', 'laporan harian', 'auditor'), token('01JD2M1C', 'aplikasi kantin kampus', 'operator', { made_by: 'Budi Santoso' }),
  token('01JC9XA7', 'uji coba', 'cashier', { revoked_ms: NOW - HOUR, valid: false }), token('01JB0000', 'laporan lama', 'auditor', { expires_ms: NOW - HOUR, valid: false }),
];

const row = (id: number, name: string, nim: string, balance: number) => ({ id, name, nim, phone: null, card: '•••• 33F7', balance, held: 0, state: 'active' });
const customers = [row(1, 'Siti Rahmawati', '13520040', 62500), row(2, 'Budi Santoso', '13520112', 87500), row(3, 'Dewi Anggraini', '13521007', 9000)];

/** Any square will do for the eye: finder patterns and a texture between them. */
function fakeQr(): string[] {
  const size = 33;
  const finder = (x: number, y: number) => {
    const [dx, dy] = [Math.min(x, size - 1 - x), Math.min(y, size - 1 - y)];
    if (dx > 7 || dy > 7 || (x > 20 && y > 20)) return null;
    const ring = Math.max(Math.abs(dx - 3), Math.abs(dy - 3));
    return ring === 3 || ring <= 1 ? '1' : '0';
  };
  return Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_, x) => finder(x, y) ?? ((x * 7 + y * 13 + ((x * y) % 5)) % 3 === 0 ? '1' : '0')).join(''));
}

const settings = () => ({
  station: { name: 'Kantin Teknik', language: 'id' },
  payments: { topic_prefix: 'iot', mirror_legacy: true, double_tap_seconds: 3, max_per_tap: 500_000, max_per_day: 2_000_000, max_balance: 2_000_000, arm_seconds: 60 },
  counter: { result_seconds: 5, both_languages: false, balance: 'show', volume: 70, mute: false, quiet_from: 1_320, quiet_to: 360, speech: false, history: true, image_seconds: 10 },
  broker: { mode: 'external', host: 'mqtt.kampus.ac.id', port: 8883, version: '5', tls: true, ca_file: '', username: 'kantin', client_id: 'gerai-station' },
  network: { readers_on_lan: true, console_on_lan: false, http_port: 8888, mqtt_port: 1884, ws_port: 8080, mqtts_port: 8883, tls_cert_file: '', tls_key_file: '' },
  security: { idle_lock_minutes: 15, session_hours: 12, require_second_factor: false, two_person: true, two_person_above: 100_000, approval_hours: 24 },
  clock: { http_url: '', ntp_server: 'pool.ntp.org' },
  sms: smsSettings(),
  stove: stoveSettings(),
});
type MockSettings = ReturnType<typeof settings>;

const DAY = 24 * HOUR;
const check = (code: string, state: string, summary: string, next_step = '') => ({ code, state, summary, next_step });

/** The doors as the station tells them, open to the network or not. */
function network(open: boolean, trouble: boolean, renewed: boolean) {
  const sha256 = (renewed ? '41c07be35a869f2d' : '9f2c41d07be35a86').repeat(4);
  return {
    console_on_lan: open, readers_on_lan: true,
    console: ['http://127.0.0.1:8888', ...(open ? ['https://192.168.1.5:8888', 'https://[fd00::5]:8888', 'https://kasir.local:8888'] : [])],
    ports: [
      { service: 'console', port: 8888, on_lan: open }, { service: 'mqtt', port: 1884, on_lan: true },
      { service: 'ws', port: 8080, on_lan: true }, { service: 'mqtts', port: 8883, on_lan: true },
    ],
    source: 'local',
    certificate: { names: ['localhost', 'kasir', 'kasir.local', '192.168.1.5', 'fd00::5'], from_ms: NOW - 40 * DAY, until_ms: NOW + 357 * DAY, sha256: 'ab'.repeat(32) },
    authority: { names: ['Gerai Kantin Teknik'], from_ms: NOW - 40 * DAY, until_ms: NOW + 3_610 * DAY, sha256 },
    trouble: trouble ? 'the keys of the certificates are in the vault, and the keychain is locked' : null,
    next_step: trouble ? "Unlock this user's keychain, or name a certificate of your own under Network. HTTP on this machine goes on." : null,
    refused: [{ reason: 'wrong_host', count: 12 }, { reason: 'in_the_clear', count: 3 }, { reason: 'handshake', count: 1_204 }],
    checks: [
      check('owner', 'good', 'the station has an owner'),
      check('second_factor', 'attention', 'sign-in asks for a password only, not for a second factor', 'Use a long password for the owner, one that is used nowhere else.'),
      check('default_passwords', 'good', 'no login has a password that came with the program'),
      check('reader_logins', 'attention', '2 logins are shared by readers of the original kind: esp32, parkir', 'Their password stands in their firmware.'),
      check('reader_encryption', 'attention', 'plain MQTT is open to the network', 'Let readers that can speak TLS use port 8883.'),
      trouble ? check('certificate', 'attention', 'the keys of the certificates are in the vault, and the keychain is locked', "Unlock this user's keychain.") : check('certificate', 'good', "signed by this station's authority, good for 357 more days"),
      check('public_address', 'good', 'this machine has private addresses only'),
      check('firewall', 'unused', 'open to the network: TCP 1884 (mqtt), 8080 (ws), 8883 (mqtts)', 'Let these ports in.'),
    ],
  };
}

const kind = (name: string, count: number, days: number | null, missing = 0) => ({ kind: name, count, missing, oldest_ms: days === null ? null : NOW - days * DAY });
function vault(trouble: boolean, rotations: number) {
  return {
    place: 'keychain', answers: true, summary: 'the keychain answers', rotations,
    kinds: [
      kind('broker-password', 1, 12), kind('contact-key', 1, 210), kind('reader-key', 14, 420, trouble ? 2 : 0), kind('tls-ca-key', 1, 40),
      kind('tls-server-key', 1, 0), kind('token-key', 2, 1), kind('totp', 3, null),
    ],
    missing: trouble ? ['reader-key/kantin-01', 'reader-key/parkir-02'] : [],
    unfinished: trouble ? 'a move to the passphrase vault was begun and not ended: `gerai vault migrate --to passphrase`' : null,
  };
}

const part = (name: string, group: string, state: string, code: string, values: Record<string, string> = {}, next_step = '') => ({ part: name, group, state, code, values, summary: `station: ${code}`, next_step });
const health = (trouble: boolean) => [
  part('ledger', 'payments', 'good', 'ledger_writing', { entries: '18402' }),
  part('broker', 'payments', 'good', 'broker_embedded_up', { mqtt: '1884', ws: '8080', mqtts: '8883', lan: 'true' }),
  part('link', 'payments', 'good', 'link_up'), part('outbox', 'payments', 'good', 'outbox_depth', { depth: '0' }),
  ...(trouble ? [part('reader:kantin-01', 'payments', 'bad', 'reader_without_key', {}, 'Mend it.')] : []),
  trouble ? part('vault', 'station', 'bad', 'vault_missing', { count: '2' }, 'Restore it.') : part('vault', 'station', 'good', 'vault_open'),
  trouble ? part('tls', 'station', 'attention', 'tls_vault_away', { why: 'locked' }, 'Unlock it.') : part('tls', 'station', 'good', 'tls_local', { names: 'localhost, kasir.local, 192.168.1.5', days: '357' }),
  trouble ? part('web', 'station', 'attention', 'web_lan_waits', { address: '127.0.0.1:8888', why: 'there is no certificate', refused: '1219' }, 'See.') : part('web', 'station', 'good', 'web_up_lan', { address: '127.0.0.1:8888', lan: 'https://192.168.1.5:8888', refused: '1219' }),
  part('disk', 'station', 'good', 'disk_free', { mib: '212400' }),
  trouble ? part('clock', 'station', 'bad', 'clock_wrong', { offset_ms: '61200', bound_ms: '20', peers: '2', silent: '1', hours: '30' }, 'Set it.') : part('clock', 'station', 'good', 'clock_right', { offset_ms: '-150', bound_ms: '20', peers: '1', silent: '0', readers: '3', readers_ms: '500' }),
  part('audit', 'station', 'good', 'audit_whole', { records: '1842' }),
  ...(trouble ? [part('recovery', 'station', 'bad', 'recovery_used', { name: 'rina', at_ms: String(NOW - 2 * HOUR) }, 'Acknowledge it.')] : [part('recovery', 'station', 'unused', 'recovery_none', {}, 'Make one.')]),
];

export async function mockStation(page: Page, options: MockOptions = {}): Promise<{ calls: string[]; asked: (name: string) => Record<string, unknown>[]; lock: () => void; album: Album; counter: (change: CounterMock) => void; elsewhere: (change: (settings: MockSettings) => void) => void }> {
  const calls: string[] = [];
  const bodies: { name: string; request: Record<string, unknown> }[] = [];
  const trouble = options.trouble ?? false;
  let document = { version: 14, settings: settings() };
  let [renewed, rotations, used] = [false, 1, trouble];
  const me = person(1, 'rina', options.role ?? 'owner', { totp: options.totp ?? false, pin: options.pin ?? true, must_change: options.mustChange ?? false, contact: 'r•••@kantin.id' });
  let signedIn = !options.signedOut;
  let locked = options.locked ?? false;
  let onDuty: string | null = null;
  const list = <T>(rows: T[]) => ({ rows: options.empty ? [] : rows, next: null, total: options.empty ? 0 : rows.length });
  const session = () => ({ operator: options.till ? (onDuty ? person(3, onDuty, 'cashier') : null) : me, till_id: options.till ? 1 : null, locked, idle_lock_s: options.idleS ?? 900 });
  const counterAtRest = { till_id: 1, till: 'Meja 1', place: 'Kantin Teknik', now_ms: NOW, online: true, taking: true, stopped: '', price: null, armed: null, armed_until_ms: null, max_per_tap: 500000, result: null, history: [], images: [], language: 'id', settings: { result_seconds: 5, both_languages: false, balance: 'show', volume: 70, mute: true, quiet_from: null, quiet_to: null, speech: false, history: true, image_seconds: 10 }, try_out: false, on_duty: null };
  const counter: CounterMock = { ...counterAtRest, ...options.counter };
  const album = new Album(options.pictures ?? []);

  const answers: Record<string, (request: Record<string, unknown>) => Answer> = {
    ...smsAnswers({ empty: options.empty ?? false, ...options.sms }),
    ...stoveAnswers({ empty: options.empty ?? false, ...options.stove }),
    ...album.answers(),
    'station.status': () => ({ station_name: 'Kantin Teknik', first_run: false, try_out: false, language: 'id', version: '0.2.0', now_ms: NOW }),
    'session.current': () => (signedIn ? session() : refuse('signed_out', 'nobody is signed in')),
    'session.sign_in': ({ password, code }) => {
      if (password === 'salah') return refuse('sign_in_refused', 'too many wrong tries', 'Try again in 75 seconds.');
      if (options.totp && !code) return refuse('second_factor', 'a second factor is asked for', 'Send the code too.');
      if (code === '000000') return refuse('sign_in_refused', 'the code is wrong', 'Check the clock of the phone.');
      signedIn = true;
      return session();
    },
    'session.sign_out': () => ((signedIn = false), {}),
    'session.lock': () => ((locked = true), {}),
    'session.unlock': ({ pin, password }) => {
      if (pin !== '123456' && password !== 'warung di pojok') return refuse('sign_in_refused', 'the PIN is wrong', 'Try again in 8 seconds.');
      locked = false;
      return session();
    },
    'session.change_password': () => ((me.must_change = false), {}),
    'password.forgot': () => ({ can_send: options.canSend ?? false }),
    'totp.begin': () => ({ secret: 'JBSW Y3DP EHPK 3PXP LFLW 2Q3M KNQX I6TE', uri: 'otpauth://totp/Gerai:rina', qr: fakeQr() }),
    'totp.confirm': () => ({ codes: Array.from({ length: 10 }, (_, at) => `k7f${at}-9mq2-xw4t-b6hc-r3np-v8yd`) }),
    'roles.show': () => rules,
    'operators.list': () => people,
    'operators.update': ({ id }) => people.find((one) => one.id === id),
    'operators.add': ({ name, role }) => person(7, String(name), String(role), { must_change: true }),
    'operators.reset': () => people[0],
    'sessions.list': ({ operator_id }) => (operator_id && operator_id !== 1 ? sessions.slice(2).map((one) => ({ ...one, operator: 'Budi' })) : sessions),
    'recovery.show': () => (options.empty ? { made_ms: null, made_by: null } : { made_ms: NOW - 900 * HOUR, made_by: 'rina' }),
    'recovery.make': () => ({ file_name: 'gerai-recovery-kantin-teknik.txt', text: 'Gerai recovery file\nStation: Kantin Teknik\nMade: 2026-11-23\n\nk7f2-9mq2-xw4t-b6hc-r3np-v8yd-2c5s-j4ka-7e9h\n' }),
    'audit.list': ({ result, actor }) => list(audit.filter((one) => (!result || one.result === result) && (!actor || one.actor === actor))),
    'audit.verify': () => (options.broken ? { ok: false, records: 1204, head: '9f2c', bad_row: 'audit 1203', problem: 'its link does not match its content.' } : { ok: true, records: 1842, head: '9f2c41d07be35a86', bad_row: null, problem: null }),
    'approvals.list': ({ waiting }) => list(approvals.filter((one) => !waiting || one.state === 'waiting')),
    'accounts.adjust': ({ amount }) => (Math.abs(Number(amount)) > 100_000 ? { kind: 'waiting', approval_id: 4 } : { kind: 'done', balance: 87500, entry: 12 }),
    'tokens.list': () => (options.empty ? [] : tokens),
    'tokens.issue': ({ name, role }) => ({ row: token('01JD9999', String(name), String(role)), token: `eyJhbGciOiJFZERTQSIsImtpZCI6ImstMjAyNi0xMSJ9.${'eyJzdWIiOiJsYXBvcmFuIn0'.repeat(4)}.${'Zm9vYmFy'.repeat(10)}` }),
    'accounts.list': () => list(customers),
    'accounts.show': ({ id }) => ({ row: customers.find((one) => one.id === id), reason: '', created_ms: NOW - 900 * HOUR, cards: [{ id: 1, uid: '•••• 33F7', label: '', state: 'active', reason: '', created_ms: NOW }], movements: [], payments: [], spent_today: 15000 }),
    'payments.list': () => list(options.payments ?? []),
    'payments.show': ({ id }) => ({ row: (options.payments ?? []).find((one) => (one as { id: number }).id === id), reader: 'kantin-01', balance_before: 50_000, detail: null, first_payment: null, repeats: 0, postings: [], chain: [], chain_intact: true, reversed_by: null }),
    'rejected.list': () => list([]),
    'cards.unknown': () => [],
    'ledger.stats': () => ({ entries: 12, customer_balances: 159000 }),
    'tills.list': () => options.tills ?? [],
    'readers.list': () => [],
    'counter.show': () => (signedIn && !locked ? { ...counter, images: album.shown() } : refuse(locked ? 'locked' : 'signed_out', 'no')),
    'counter.switch': ({ name, pin }) => (pin === '123456' ? ((onDuty = String(name)), session()) : refuse('sign_in_refused', 'wrong', 'Try again in 4 seconds.')),
    'counter.leave': () => ((onDuty = null), session()),
    'recovery.seen': () => ((used = false), { made_ms: null, made_by: null, used_ms: null, used_by: null }),
    'health.show': () => {
      const rows = health(trouble).filter((one) => one.code !== 'recovery_used' || used);
      const attention = rows.filter((one) => one.state === 'bad' || one.state === 'attention').length;
      return { rows, attention, readers_online: 2, outbox_depth: 0, last_entry: 18402, rejected_today: 0 };
    },
    'settings.get': () => ({ ...document, waiting: null }),
    'settings.set': ({ version, settings: wanted }) => {
      const now = wanted as MockSettings;
      if (version !== document.version) return refuse('taken', 'the settings were changed by somebody else meanwhile', 'Look at them again and repeat your change.');
      if (now.clock.ntp_server.startsWith('ntp://')) return refuse('invalid', `\`${now.clock.ntp_server}\` is not the address of a server`, 'Type a name or an address.', 'clock.ntp_server');
      if (document.settings.security.two_person && !now.security.two_person) return { ...document, waiting: 3 };
      document = { version: document.version + 1, settings: now };
      return { ...document, waiting: null };
    },
    'network.show': () => network(document.settings.network.console_on_lan, trouble, renewed),
    'network.renew_ca': () => ((renewed = true), network(document.settings.network.console_on_lan, trouble, renewed)),
    'vault.status': () => (options.empty ? { ...vault(false, 0), kinds: [], answers: false, summary: 'the keychain is locked' } : vault(trouble, rotations)),
    'vault.rotate': () => ((rotations += 1), {
      rewrapped: 23, renewed: [], vault: vault(trouble, rotations),
      kept: [{ kind: 'broker-password', count: 1, why: 'the other broker checks it' }, { kind: 'reader-key', count: 14, why: 'the readers hold the same keys' }, { kind: 'new-kind', count: 1, why: 'something outside the station may hold it' }],
    }),
    'audit.export': ({ after, limit }) => {
      const rows = [...audit].reverse().filter((one) => one.id > Number(after)).slice(0, Number(limit));
      return { rows, next: rows.length === Number(limit) ? rows.at(-1)!.id : null, total: audit.length };
    },
  };

  if (!options.liveClock) await page.clock.setFixedTime(NOW);
  await page.route('**/events', (route) => route.fulfill({ contentType: 'text/event-stream', body: (options.counter ? 'retry: 500\n\n' : '') + [{ kind: 'heartbeat', now_ms: counter['now_ms'] }, ...(options.counter ? [{ kind: 'till', till_id: 1 }] : []), ...(options.events ?? [])].map((event) => `data: ${JSON.stringify(event)}\n\n`).join('') }));
  await page.route('**/counter/images/*', (route) => album.serve(route));
  await page.route('**/scan/frame.jpg*', (route) => route.fulfill({ contentType: 'image/jpeg', body: scanFrame }));
  await page.route('**/rpc/*', async (route) => {
    const name = new URL(route.request().url()).pathname.replace('/rpc/', '');
    calls.push(name);
    bodies.push({ name, request: (route.request().postDataJSON() ?? {}) as Record<string, unknown> });
    const shut = locked && !/^(session|station)\./.test(name);
    const answer = shut ? refuse('locked', 'this session is locked') : answers[name]?.((route.request().postDataJSON() ?? {}) as Record<string, unknown>) ?? {};
    const failed = typeof answer === 'object' && answer !== null && 'error' in answer;
    await route.fulfill({ status: failed ? 400 : 200, contentType: 'application/json', body: JSON.stringify(failed ? answer.error : answer) });
  });
  return {
    calls,
    /** What was sent with each call of a command. */
    asked: (name) => bodies.filter((one) => one.name === name).map((one) => one.request),
    lock: () => (locked = true),
    album,
    /** The counter's next looks see this. */
    counter: (change) => void Object.assign(counter, change),
    /** Somebody else saves the settings meanwhile. */
    elsewhere: (change) => {
      document = { version: document.version + 1, settings: structuredClone(document.settings) };
      change(document.settings);
    },
  };
}
