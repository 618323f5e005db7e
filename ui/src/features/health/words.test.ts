import { describe, expect, it } from 'vitest';
import type { HealthRow } from '../../bindings/HealthRow';
import { locale } from '../../lib/locale.svelte';
import { actOf, healthLook, nextStepOf, summaryOf } from './words';

const row = (code: string, more: Partial<HealthRow> = {}): HealthRow => ({
  part: code.split('_')[0]!, group: 'station', state: 'bad', summary: 'what the station says', next_step: 'what to do', code, values: {}, ...more,
});

/** Codes whose summary is an error of the system, which nobody has translated. */
const raw = ['broker_down', 'broker_ports_taken', 'control_down'];
const codes = [
  'ledger_writing', 'ledger_stopped', 'broker_embedded_up', 'broker_embedded_partly', 'broker_external', 'link_up', 'link_down', 'outbox_depth',
  'reader_without_key', 'reader_incident', 'clock_held', 'clock_jumped', 'clock_steady', 'clock_right', 'clock_drifts', 'clock_wrong',
  'clock_peers_disagree', 'clock_unknown', 'disk_free', 'disk_low', 'disk_unknown', 'vault_open', 'vault_away', 'vault_missing', 'vault_unfinished',
  'web_up', 'web_down', 'web_up_lan', 'web_lan_waits', 'web_lan_partly', 'tls_local', 'tls_own', 'tls_unused', 'tls_ca_ended', 'tls_ca_ends',
  'tls_ca_key_gone', 'tls_vault_away', 'tls_files', 'tls_failed', 'tls_ended', 'tls_not_yet', 'tls_kept', 'tls_unusable', 'audit_whole',
  'audit_damaged', 'audit_unread', 'recovery_none', 'recovery_used',
  'stove_forward_off', 'stove_forward_paused', 'stove_forward_good', 'stove_forward_waiting', 'stove_forward_refused',
];

it.each(codes)('%s is said in the language of the screen', (code) => expect(summaryOf(row(code))).not.toContain('what the station says'));

it('what has no translation keeps the words of the station', () => {
  for (const code of [...raw, 'something_new']) expect(summaryOf(row(code))).toBe('what the station says');
  expect(nextStepOf(row('something_new'))).toBe('what to do');
  expect(nextStepOf(row('vault_away', { next_step: '' }))).toBe('');
});

describe('figures', () => {
  it('the clock says which way it is off, and by how much', () => {
    expect(locale.current).toBe('id');
    const said = (offset_ms: string) => summaryOf(row('clock_drifts', { values: { offset_ms, bound_ms: '20', peers: '2', silent: '0' } }));
    // A peer that is ahead: ours is behind.
    expect(said('2150')).toContain('tertinggal 2,15 detik');
    expect(said('-61000')).toContain('lebih cepat 61 detik');
    expect(said('0')).toContain('sama persis');
    expect(said('2150')).toContain('±20');
  });

  it('a held jump is not lost behind what the peers say', () => {
    const held = row('clock_wrong', { values: { offset_ms: '61000', bound_ms: '20', peers: '1', silent: '1', hours: '30', readers: '3', readers_ms: '-500' } });
    expect(summaryOf(held)).toContain('30 jam');
    expect(summaryOf(held)).toContain('1 sumber waktu tidak menjawab');
    expect(summaryOf(held)).toContain('pembaca (3): lebih cepat 0,5 detik');
    // Nobody is asked to call a clock right that its peers call wrong.
    expect(actOf(held)).toBe('settings');
    expect(actOf(row('clock_held'))).toBe('accept_clock');
  });

  it('what was turned away stands with the web server', () => {
    expect(summaryOf(row('web_up', { values: { address: '127.0.0.1:8888', refused: '1219' } }))).toContain('8888; 1.219 permintaan');
  });

  it('free space is said in a unit that is short', () => {
    expect(summaryOf(row('disk_free', { values: { mib: '212400' } }))).toContain('207 GiB');
    expect(summaryOf(row('disk_low', { values: { mib: '480' } }))).toContain('480 MiB');
    expect(summaryOf(row('disk_free'))).toContain('–');
  });

  it('what is no service is in trouble, not down', () => {
    expect(healthLook(row('recovery_used')).word).not.toBe(healthLook(row('broker_down')).word);
    expect(healthLook(row('reader_without_key', { part: 'reader:kantin-01' })).word).toBe(healthLook(row('broker_down')).word);
  });

  it('the end of the authority has its days', () => {
    expect(summaryOf(row('tls_ca_ends', { values: { why: 'the local authority ends in 27 days' } }))).toContain('27');
  });
});

it('every row that needs somebody leads to where it is mended', () => {
  expect([row('recovery_used'), row('tls_kept'), row('web_lan_waits'), row('vault_missing'), row('audit_damaged'), row('broker_down')].map(actOf)).toEqual([
    'seen', 'network', 'network', 'vault', 'audit', 'settings',
  ]);
  expect(actOf(row('recovery_none', { state: 'unused' }))).toBe('recovery');
  expect(actOf(row('vault_open', { state: 'good' }))).toBeNull();
});
