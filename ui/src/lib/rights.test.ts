import { expect, it } from 'vitest';
import type { RoleRule } from '../bindings/RoleRule';
import { CallError, type Backend } from './backend';
import { Refusals } from './refusals';
import { Rights } from './rights.svelte';

const rules: RoleRule[] = [
  { command: 'session.sign_in', public: true, counter: false, roles: [] },
  { command: 'payments.list', public: false, counter: false, roles: ['owner', 'administrator', 'operator', 'auditor'] },
  { command: 'accounts.topup', public: false, counter: false, roles: ['owner', 'administrator', 'operator'] },
];
const answering = (answer: unknown): Backend => ({
  call: (async () => {
    if (answer instanceof Error) throw answer;
    return answer;
  }) as Backend['call'],
  subscribe: () => () => undefined,
});

it('hides what the table refuses a role', async () => {
  const rights = new Rights();
  await rights.load(answering(rules), 'auditor');
  expect(rights.may('payments.list')).toBe(true);
  expect(rights.may('accounts.topup')).toBe(false);
  expect(rights.may('session.sign_in')).toBe(true);
  expect(rights.may('settings.set')).toBe(false);
});

it('hides nothing when the table cannot be read: the station decides', async () => {
  const rights = new Rights();
  await rights.load(answering(new CallError('unknown_command', 'no such command')), 'cashier');
  expect(rights.ready).toBe(true);
  expect(rights.may('settings.set')).toBe(true);
});

it('a session that ends in the middle of a command is heard, and the caller still gets its error', async () => {
  const refusals = new Refusals();
  const heard: string[] = [];
  const stop = refusals.listen((code) => heard.push(code));
  for (const code of ['locked', 'signed_out', 'forbidden', 'must_change'] as const) {
    const watched = refusals.watch(answering(new CallError(code, code)));
    await expect(watched.call('health.show', {})).rejects.toMatchObject({ code });
  }
  expect(heard).toEqual(['locked', 'signed_out', 'must_change']);
  stop();
  await expect(refusals.watch(answering(new CallError('locked', ''))).call('health.show', {})).rejects.toThrow();
  expect(heard.length).toBe(3);
});
