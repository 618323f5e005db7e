import { expect, it } from 'vitest';
import type { Settings } from '../../bindings/Settings';
import { carryOver, changedPaths, needsStart, pathsOf, problemsOf, setAt, valueAt, weakens, type Path, type Value } from './form';

/** The station's defaults. */
const defaults = (): Settings => ({
  station: { name: '', language: 'id' },
  payments: { topic_prefix: 'iot', mirror_legacy: true, double_tap_seconds: 3, max_per_tap: 500_000, max_per_day: 2_000_000, max_balance: 2_000_000, arm_seconds: 60 },
  counter: { result_seconds: 5, both_languages: false, balance: 'show', volume: 70, mute: false, quiet_from: null, quiet_to: null, speech: false, history: true, image_seconds: 10 },
  broker: { mode: 'embedded', host: '127.0.0.1', port: 1883, version: '5', tls: false, ca_file: '', username: '', client_id: 'gerai-station' },
  network: { readers_on_lan: false, console_on_lan: false, http_port: 8888, mqtt_port: 1884, ws_port: 8080, mqtts_port: 8883, tls_cert_file: '', tls_key_file: '' },
  security: { idle_lock_minutes: 15, session_hours: 12, require_second_factor: false, two_person: false, two_person_above: 100_000, approval_hours: 24 },
  clock: { http_url: '', ntp_server: '' },
  sms: {
    enabled: true, country_code: '62', time_zone: 'Asia/Jakarta', otp_minutes: 10, normal_hours: 24, window_from: null, window_to: null, reports: true, resend_otp: true,
    volatile_otp: false, wide_references: false, gap_hours: 24, keep_days: 90, canary_minutes: 0,
  },
  stove: {
    forward_url: '', forward_user: '', forward_parallel: 4, keep_frames: 'until_accepted', gap_days: 35, zero_use_days: 7, power_max: 7_040, ble_service: '', ble_read: '',
    ble_write: '', ble_notify: false, ble_seconds: 20, endpoint: false, endpoint_hours: 3,
  },
});

function edited(changes: Partial<Record<Path, Value>>, from = defaults()): Settings {
  const draft = structuredClone(from);
  for (const [path, value] of Object.entries(changes)) setAt(draft, path as Path, value as Value);
  return draft;
}

const wrong = (changes: Partial<Record<Path, Value>>, before = defaults()) =>
  Object.fromEntries(Array.from(problemsOf(before, edited(changes, before)), ([path, problem]) => [path, problem.kind]));

it('the defaults can be, and none of them is changed', () => {
  expect(wrong({})).toEqual({});
  expect(changedPaths(defaults(), defaults())).toEqual([]);
  expect(pathsOf(defaults())).toHaveLength(71);
});

it.each<[Partial<Record<Path, Value>>, Record<string, string>]>([
  [{ 'counter.result_seconds': 11 }, { 'counter.result_seconds': 'range' }],
  [{ 'counter.result_seconds': 2 }, { 'counter.result_seconds': 'range' }],
  [{ 'payments.max_per_tap': 0 }, { 'payments.max_per_tap': 'range' }],
  [{ 'payments.max_per_tap': Number.NaN }, { 'payments.max_per_tap': 'range' }],
  [{ 'security.idle_lock_minutes': 241 }, { 'security.idle_lock_minutes': 'range' }],
  [{ 'security.two_person_above': 0 }, {}],
  [{ 'payments.topic_prefix': 'iot/#' }, { 'payments.topic_prefix': 'prefix' }],
  [{ 'payments.topic_prefix': '' }, { 'payments.topic_prefix': 'prefix' }],
  [{ 'station.name': 'k'.repeat(61) }, { 'station.name': 'too_long' }],
  [{ 'counter.quiet_from': 1_320 }, { 'counter.quiet_to': 'both_times' }],
  [{ 'counter.quiet_from': Number.NaN, 'counter.quiet_to': 0 }, { 'counter.quiet_from': 'time' }],
  [{ 'counter.quiet_from': 1_320, 'counter.quiet_to': 360 }, {}],
  [{ 'broker.port': 0 }, {}],
  [{ 'broker.mode': 'external', 'broker.port': 0, 'broker.host': ' ', 'broker.client_id': 'a/b' }, { 'broker.port': 'range', 'broker.host': 'required', 'broker.client_id': 'client_id' }],
  [{ 'network.ws_port': 1_884 }, { 'network.ws_port': 'port_twice' }],
  [{ 'network.ws_port': 0, 'network.mqtt_port': 0 }, {}],
  [{ 'network.tls_cert_file': '/a.pem' }, { 'network.tls_key_file': 'both_files' }],
  [{ 'network.tls_key_file': '/a.pem' }, { 'network.tls_cert_file': 'both_files' }],
  [{ 'clock.http_url': 'www.example.id' }, { 'clock.http_url': 'web_address' }],
  [{ 'clock.http_url': 'https://www.example.id/' }, {}],
  [{ 'stove.forward_url': 'https://meter.example.id/base' }, {}],
  [{ 'stove.forward_url': 'meter.example.id' }, { 'stove.forward_url': 'forward_url' }],
  [{ 'stove.forward_url': 'https://meter.example.id/?a=b' }, { 'stove.forward_url': 'forward_url' }],
  [{ 'stove.ble_service': '180F', 'stove.ble_read': '0000ffe1-0000-1000-8000-00805f9b34fb' }, {}],
  [{ 'stove.ble_write': '18g' }, { 'stove.ble_write': 'uuid' }],
  [{ 'stove.power_max': 25_001, 'stove.gap_days': 0 }, { 'stove.power_max': 'range', 'stove.gap_days': 'range' }],
])('%j is told at its field', (changes, expected) => expect(wrong(changes)).toEqual(expected));

it('weakening the two-person rule is asked for alone, strengthening it is not', () => {
  const ruled = edited({ 'security.two_person': true });
  expect(weakens(ruled, edited({ 'security.two_person': false }, ruled))).toBe(true);
  expect(weakens(ruled, edited({ 'security.two_person_above': 100_001 }, ruled))).toBe(true);
  expect(weakens(ruled, edited({ 'security.two_person_above': 99_999 }, ruled))).toBe(false);
  expect(weakens(defaults(), edited({ 'security.two_person': true, 'security.two_person_above': 0 }))).toBe(false);
  expect(wrong({ 'security.two_person': false }, ruled)).toEqual({});
  expect(wrong({ 'security.two_person': false, 'security.two_person_above': 5 }, ruled)).toEqual({});
  expect(wrong({ 'security.two_person': false, 'counter.mute': true }, ruled)).toEqual({ 'security.two_person': 'alone' });
});

it('carries a change over to what others saved meanwhile, and names what both changed', () => {
  const mine = edited({ 'station.name': 'Kantin Teknik', 'counter.volume': 40, 'counter.mute': true });
  const newer = edited({ 'counter.volume': 90, 'counter.speech': true, 'counter.mute': true });
  const { draft, both } = carryOver(defaults(), mine, newer);
  expect(both).toEqual(['counter.volume']);
  expect(valueAt(draft, 'counter.volume')).toBe(40);
  expect(valueAt(draft, 'counter.speech')).toBe(true);
  expect(changedPaths(newer, draft)).toEqual(['station.name', 'counter.volume']);
  expect(valueAt(newer, 'counter.volume')).toBe(90);
});

it('only the port of the console waits for a start', () => {
  expect(needsStart(['network.mqtt_port', 'network.console_on_lan', 'broker.host', 'network.tls_cert_file'])).toBe(false);
  expect(needsStart(['station.name', 'network.http_port'])).toBe(true);
});
