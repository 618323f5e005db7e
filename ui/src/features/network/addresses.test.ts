import { expect, it } from 'vitest';
import type { NetworkCheck } from '../../bindings/NetworkCheck';
import { fingerprintRows, installAddresses, lanAddresses, ownAddresses, unmetChecks } from './addresses';

const open = ['http://127.0.0.1:8888', 'https://kasir.local:8888', 'https://[fd00::5]:8888', 'https://192.168.1.5:8888'];

it('a fingerprint is read in pairs, eight to a row', () => {
  const rows = fingerprintRows('0123456789abcdef'.repeat(4));
  expect(rows).toHaveLength(4);
  expect(rows[0]).toEqual(['01', '23', '45', '67', '89', 'AB', 'CD', 'EF']);
  expect(rows.flat().join('').toLowerCase()).toBe('0123456789abcdef'.repeat(4));
  expect(fingerprintRows('')).toEqual([]);
});

it('devices fetch the authority by address over plain HTTP, IPv4 first, never by name', () => {
  expect(installAddresses(open)).toEqual(['http://192.168.1.5:8888/ca', 'http://[fd00::5]:8888/ca']);
  expect(installAddresses(['http://127.0.0.1:8888'])).toEqual([]);
  expect(installAddresses(['https://kasir.local', 'https://…'])).toEqual([]);
});

it('tells this machine from the network', () => {
  expect(ownAddresses(open)).toEqual(['http://127.0.0.1:8888']);
  expect(lanAddresses(open)).toEqual(open.slice(1));
});

it('what nobody uses and what is good is not unmet', () => {
  const check = (code: string, state: NetworkCheck['state']) => ({ code, state, summary: '', next_step: '' });
  const checks = [check('owner', 'good'), check('certificate', 'unused'), check('firewall', 'attention'), check('reader_logins', 'bad')];
  expect(unmetChecks(checks).map((one) => one.code)).toEqual(['firewall', 'reader_logins']);
});
