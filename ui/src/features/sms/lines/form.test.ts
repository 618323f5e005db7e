import { expect, it } from 'vitest';
import type { LineSettings } from '../../../bindings/LineSettings';
import { problemsOf } from './form';
import { usageOf } from './usage';

const settings = (): LineSettings => ({
  name: 'Jalur 1', active: true, send_from_api: true, is_default: true, prefixes: ['62812'], smsc: '', msisdn: '', port: '', baud: 0, parity: 'none', data_bits: 8, start_bits: 1, stop_bits: 1, init: [],
  limits: { per_second: 1, per_hour: 0, per_day: 500, per_month: 0, recipients_per_day: 0, gap_min_ms: 1_000, gap_max_ms: 2_000 }, tariff: [{ prefix: '', price: 350, after: 0, price_after: 0 }],
  packages: [{ prefixes: [], left: 100, until_ms: null }], balance_code: '', balance_hours: 0, balance_floor: 0, canary: false, internet: false, apn: '', apn_user: '', dial_number: '', init_dial: [], dial_command: '',
});

it('what a line usually has is right', () => expect([...problemsOf(settings())]).toEqual([]));

it('each fault is told at its field', () => {
  const wrong = settings();
  wrong.name = ' ';
  wrong.prefixes = ['62812', '+62'];
  wrong.limits.per_day = Number.NaN;
  wrong.limits.gap_max_ms = 10;
  wrong.data_bits = 9;
  wrong.tariff[0]!.price = Number.NaN;
  wrong.packages[0]!.left = -1;
  wrong.internet = true;
  expect(Object.fromEntries(problemsOf(wrong))).toEqual({
    name: 'name', prefixes: 'prefix', 'limits.per_day': 'number', 'limits.gap_max_ms': 'gap', data_bits: 'bits', 'tariff.0.price': 'number', 'packages.0.left': 'number', apn: 'apn',
  });
});

it('a line warns when little is left for normal messages, and is grey when it does not serve', () => {
  const usage = { today: 0, today_otp: 0, by_hour: [], hour: 0, month: 0, left_normal: 69, left_otp: 88 };
  const of = (status: 'ready' | 'quarantined', left_normal: number | null) => usageOf({ status, settings: settings(), usage: { ...usage, left_normal } });
  expect(of('ready', 69)).toEqual({ mood: 'warn', left: { normal: 69, otp: 88 } });
  expect(of('ready', 300).mood).toBe('info');
  expect(of('ready', null)).toEqual({ mood: 'info', left: null });
  expect(of('quarantined', 300).mood).toBe('muted');
});
