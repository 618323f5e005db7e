/**
 * The settings document as a form: what can be in it, what changed, and a change carried over to a newer document.
 * The station checks again; this tells before anything is sent. Pure.
 */
import type { Settings } from '../../bindings/Settings';

export type GroupKey = keyof Settings;

/** Dotted name of a field, as the station's errors and the audit trail write it. */
export type Path = { [G in GroupKey]: `${G}.${string & keyof Settings[G]}` }[GroupKey];

export type Value = string | number | boolean | null;

/** Whole numbers with their least and most, both included (docs/settings.md). */
export const ranges = {
  'payments.double_tap_seconds': [0, 60],
  'payments.max_per_tap': [1, 100_000_000],
  'payments.max_per_day': [1, 1_000_000_000],
  'payments.max_balance': [1, 1_000_000_000],
  'payments.arm_seconds': [10, 600],
  'counter.result_seconds': [3, 10],
  'counter.volume': [0, 100],
  'counter.image_seconds': [5, 60],
  'broker.port': [1, 65_535],
  'network.http_port': [0, 65_535],
  'network.mqtt_port': [0, 65_535],
  'network.ws_port': [0, 65_535],
  'network.mqtts_port': [0, 65_535],
  'security.idle_lock_minutes': [0, 240],
  'security.session_hours': [1, 72],
  'security.two_person_above': [0, 1_000_000_000],
  'security.approval_hours': [1, 168],
  'sms.otp_minutes': [1, 30],
  'sms.normal_hours': [1, 168],
  'sms.gap_hours': [1, 168],
  'sms.keep_days': [0, 3_650],
  'sms.canary_minutes': [0, 1_440],
  'stove.forward_parallel': [1, 32],
  'stove.gap_days': [1, 400],
  'stove.zero_use_days': [1, 400],
  'stove.power_max': [100, 25_000],
  'stove.ble_seconds': [5, 60],
  'stove.endpoint_hours': [1, 24],
} as const satisfies Partial<Record<Path, readonly [number, number]>>;

const ports = ['network.http_port', 'network.mqtt_port', 'network.ws_port', 'network.mqtts_port'] as const satisfies Path[];

export type Problem =
  | { kind: 'range'; least: number; most: number }
  | { kind: 'port_twice'; port: number }
  | { kind: 'too_long' | 'required' | 'prefix' | 'client_id' | 'time' | 'both_times' | 'both_files' | 'web_address' | 'alone' | 'country' | 'zone' | 'forward_url' | 'uuid' };

export function groupOf(path: Path): GroupKey {
  return path.slice(0, path.indexOf('.')) as GroupKey;
}

export function valueAt(settings: Settings, path: Path): Value {
  const [group, field] = path.split('.') as [GroupKey, string];
  return (settings[group] as unknown as Record<string, Value>)[field] as Value;
}

export function setAt(settings: Settings, path: Path, value: Value): void {
  const [group, field] = path.split('.') as [GroupKey, string];
  (settings[group] as unknown as Record<string, Value>)[field] = value;
}

/** Every field of a document, in its order. */
export function pathsOf(settings: Settings): Path[] {
  return (Object.keys(settings) as GroupKey[]).flatMap((group) =>
    Object.keys(settings[group]).map((field) => `${group}.${field}` as Path),
  );
}

/** Fields that differ. What cannot be read as a number (`NaN`) differs from every number. */
export function changedPaths(before: Settings, after: Settings): Path[] {
  return pathsOf(after).filter((path) => !Object.is(valueAt(before, path), valueAt(after, path)));
}

/** Whether saving makes the two-person rule weaker: the station then asks for a second person. */
export function weakens(before: Settings, after: Settings): boolean {
  const [old, now] = [before.security, after.security];
  return old.two_person && !(now.two_person && now.two_person_above <= old.two_person_above);
}

/** A name of the IANA list, as far as this browser knows it. */
function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name.trim() !== '';
  } catch {
    return false;
  }
}

/** Empty, or the base address of a server: nothing asked and no place within a page. */
const isForwardUrl = (typed: string): boolean => typed.trim() === '' || /^https?:\/\/[^\s/@?#]+(\/[^\s?#]*)?$/i.test(typed.trim());

/** Empty, or 4, 8 or 32 hexadecimal digits with or without hyphens. */
const isUuid = (typed: string): boolean => typed.trim() === '' || /^([\da-f]{4}|[\da-f]{8}|[\da-f]{32})$/i.test(typed.trim().replaceAll('-', ''));

/** What is wrong, by field; the first fault of each. */
export function problemsOf(before: Settings, draft: Settings): Map<Path, Problem> {
  const found = new Map<Path, Problem>();
  const external = draft.broker.mode === 'external';
  const note = (path: Path, wrong: boolean, problem: Problem) => wrong && !found.has(path) && found.set(path, problem);

  for (const [path, [least, most]] of Object.entries(ranges) as [keyof typeof ranges, readonly [number, number]][]) {
    const value = valueAt(draft, path) as number;
    // An external broker's port counts only where there is one.
    if (path === 'broker.port' && !external) continue;
    note(path, !Number.isInteger(value) || value < least || value > most, { kind: 'range', least, most });
  }
  note('station.name', [...draft.station.name].length > 60, { kind: 'too_long' });
  note('payments.topic_prefix', !/^[A-Za-z0-9._-]{1,32}$/.test(draft.payments.topic_prefix), { kind: 'prefix' });
  const { quiet_from: from, quiet_to: to } = draft.counter;
  note('counter.quiet_from', Number.isNaN(from), { kind: 'time' });
  note('counter.quiet_to', Number.isNaN(to), { kind: 'time' });
  note('counter.quiet_from', from === null && to !== null, { kind: 'both_times' });
  note('counter.quiet_to', to === null && from !== null, { kind: 'both_times' });
  note('broker.host', external && draft.broker.host.trim() === '', { kind: 'required' });
  note('broker.client_id', external && !/^[^+#/\\]{1,64}$/.test(draft.broker.client_id.trim()), { kind: 'client_id' });
  note('network.tls_cert_file', draft.network.tls_cert_file === '' && draft.network.tls_key_file !== '', { kind: 'both_files' });
  note('network.tls_key_file', draft.network.tls_key_file === '' && draft.network.tls_cert_file !== '', { kind: 'both_files' });
  ports.forEach((path, at) => {
    const port = valueAt(draft, path) as number;
    const taken = ports.slice(0, at).some((other) => valueAt(draft, other) === port);
    note(path, port !== 0 && taken, { kind: 'port_twice', port });
  });
  note('clock.http_url', draft.clock.http_url !== '' && !/^https?:\/\/[^\s/@]+/i.test(draft.clock.http_url), { kind: 'web_address' });
  const { window_from: opens, window_to: closes, country_code: country, time_zone: zone } = draft.sms;
  note('sms.window_from', Number.isNaN(opens), { kind: 'time' });
  note('sms.window_to', Number.isNaN(closes), { kind: 'time' });
  note('sms.window_from', opens === null && closes !== null, { kind: 'both_times' });
  note('sms.window_to', closes === null && opens !== null, { kind: 'both_times' });
  note('sms.country_code', !/^[1-9]\d{0,2}$/.test(country), { kind: 'country' });
  note('sms.time_zone', !isTimeZone(zone), { kind: 'zone' });
  note('stove.forward_url', !isForwardUrl(draft.stove.forward_url), { kind: 'forward_url' });
  for (const path of ['stove.ble_service', 'stove.ble_read', 'stove.ble_write'] as const) note(path, !isUuid(valueAt(draft, path) as string), { kind: 'uuid' });
  if (weakens(before, draft)) {
    const others = changedPaths(before, draft).filter((path) => path !== 'security.two_person' && path !== 'security.two_person_above');
    note('security.two_person', others.length > 0, { kind: 'alone' });
  }
  return found;
}

export interface Carried {
  /** The newer document with the changes of the draft. */
  draft: Settings;
  /** Fields that both had changed, differently: the draft's value stands. */
  both: Path[];
}

/** Carries the changes from `base` to `draft` over to a document that was stored meanwhile. */
export function carryOver(base: Settings, draft: Settings, newer: Settings): Carried {
  const theirs = new Set(changedPaths(base, newer));
  const result = structuredClone(newer);
  const both: Path[] = [];
  for (const path of changedPaths(base, draft)) {
    const mine = valueAt(draft, path);
    if (theirs.has(path) && !Object.is(valueAt(newer, path), mine)) both.push(path);
    setAt(result, path, mine);
  }
  return { draft: result, both };
}

export type Effect = 'live' | 'next' | 'broker' | 'now' | 'start';

/** The console's port is opened once, at the start; everything else follows by itself. */
export const needsStart = (changed: Path[]): boolean => changed.includes('network.http_port');
