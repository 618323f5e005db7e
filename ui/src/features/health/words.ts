/** Health rows in the screen's language, as far as this page knows their codes; otherwise the station's English. */
import type { HealthRow } from '../../bindings/HealthRow';
import type { HealthState } from '../../bindings/HealthState';
import type { Glyph, Mood } from '../../components/StatusPill.svelte';
import { locale } from '../../lib/locale.svelte';
import { digits } from '../../lib/money';
import { dateTime } from '../../lib/time';
import { m } from '../../paraglide/messages.js';

/** Parts that run or do not; of the others one says that there is trouble. */
const running = ['ledger', 'broker', 'link', 'outbox', 'web', 'control', 'disk'];

export function healthLook({ state, part }: Pick<HealthRow, 'state' | 'part'>): { glyph: Glyph; mood: Mood; word: string } {
  const looks: Record<HealthState, { glyph: Glyph; mood: Mood; word: string }> = {
    good: { glyph: 'dot', mood: 'ok', word: m.health_good() },
    attention: { glyph: 'triangle', mood: 'warn', word: m.health_attention() },
    bad: { glyph: 'cross', mood: 'bad', word: running.includes(part) || part.startsWith('reader:') ? m.health_bad() : m.health_trouble() },
    unused: { glyph: 'ring', mood: 'muted', word: m.health_unused() },
  };
  return looks[state];
}

const parts: Record<string, () => string> = {
  ledger: m.health_part_ledger,
  broker: m.health_part_broker,
  link: m.health_part_link,
  outbox: m.health_part_outbox,
  vault: m.health_part_vault,
  disk: m.health_part_disk,
  clock: m.health_part_clock,
  web: m.health_part_web,
  tls: m.health_part_tls,
  audit: m.health_part_audit,
  recovery: m.health_part_recovery,
  control: m.health_part_control,
  stove_forward: m.health_part_forward,
};

export function partName(row: HealthRow): string {
  if (row.part.startsWith('reader:')) return m.health_part_reader({ name: row.part.slice('reader:'.length) });
  return parts[row.part]?.() ?? row.part;
}

type Values = Record<string, string | undefined>;
type Sentence = (values: Values) => string;
const figure = (values: Values, name: string): string => values[name] ?? '–';

/** A figure that is counted, with its digits grouped; ports and times are not. */
const count = (values: Values, name: string): string => {
  const value = values[name];
  return value !== undefined && /^\d+$/.test(value) ? digits(Number(value), locale.current) : figure(values, name);
};

/** Free space: in GiB where MiB would only be long. */
function space(values: Values): string {
  const mib = Number(values['mib']);
  if (values['mib'] === undefined || !Number.isFinite(mib)) return '–';
  return mib < 10_240 ? `${digits(mib, locale.current)} MiB` : `${digits(Math.floor(mib / 1_024), locale.current)} GiB`;
}

function brokerUp(values: Values): string {
  const ports = { mqtt: figure(values, 'mqtt'), ws: figure(values, 'ws'), mqtts: figure(values, 'mqtts') };
  return values['lan'] === 'true' ? m.health_broker_up_lan(ports) : m.health_broker_up_here(ports);
}

/** Another clock against ours, in seconds with a decimal where that says something. */
function offset(values: Values, name: string): string {
  const ms = Number(values[name]);
  if (values[name] === undefined || !Number.isFinite(ms)) return '–';
  const seconds = new Intl.NumberFormat(locale.current, { maximumFractionDigits: Math.abs(ms) < 10_000 ? 2 : 0 }).format(Math.abs(ms) / 1_000);
  if (ms === 0) return m.health_clock_same();
  return ms > 0 ? m.health_clock_behind({ seconds }) : m.health_clock_ahead({ seconds });
}

/** What the asked peers said, for the clock's own words. */
const clockFigures = (values: Values) => ({ offset: offset(values, 'offset_ms'), bound: figure(values, 'bound_ms'), peers: figure(values, 'peers') });

/** Why the console waits to be opened, in the station's words. */
const lanWaits: Record<string, { why: () => string; next: () => string }> = {
  'the station has no owner yet': { why: m.health_lan_no_owner, next: m.health_lan_no_owner_next },
  'there is no certificate': { why: m.health_lan_no_certificate, next: m.health_lan_no_certificate_next },
  'this machine has no address on a network': { why: m.health_lan_no_address, next: m.health_lan_no_address_next },
  'this machine has public addresses only': { why: m.health_lan_public_only, next: m.health_lan_no_address_next },
};

const lanWhy = (values: Values) => lanWaits[figure(values, 'why')]?.why() ?? figure(values, 'why');

/** Sentences by code; a code that is not here keeps the station's own summary. */
const summaries: Record<string, Sentence> = {
  ledger_writing: (values) => m.health_ledger_writing({ entries: count(values, 'entries') }),
  ledger_stopped: () => m.health_ledger_stopped(),
  broker_embedded_up: brokerUp,
  broker_embedded_partly: (values) =>
    m.health_broker_embedded_partly({ mqtt: figure(values, 'mqtt'), why: figure(values, 'why') }),
  broker_external: (values) => m.health_broker_external({ address: figure(values, 'address') }),
  link_up: () => m.health_link_up(),
  link_down: (values) => m.health_link_down({ detail: figure(values, 'detail') }),
  outbox_depth: (values) => m.health_outbox_depth({ depth: count(values, 'depth') }),
  reader_without_key: () => m.health_reader_without_key(),
  reader_incident: (values) => m.health_reader_incident({ what: figure(values, 'what') }),
  clock_held: (values) => m.health_clock_held({ hours: figure(values, 'hours') }),
  clock_jumped: (values) => m.health_clock_jumped({ seconds: figure(values, 'seconds') }),
  clock_steady: () => m.health_clock_steady(),
  clock_right: (values) => m.health_clock_right(clockFigures(values)),
  clock_drifts: (values) => m.health_clock_off(clockFigures(values)),
  clock_wrong: (values) => m.health_clock_off(clockFigures(values)),
  clock_peers_disagree: (values) => m.health_clock_peers_disagree({ peers: figure(values, 'peers') }),
  clock_unknown: (values) => m.health_clock_unknown({ peers: figure(values, 'peers') }),
  disk_free: (values) => m.health_disk_free({ size: space(values) }),
  disk_low: (values) => m.health_disk_free({ size: space(values) }),
  disk_unknown: () => m.health_disk_unknown(),
  vault_open: () => m.health_vault_open(),
  vault_missing: (values) => m.health_vault_missing({ count: figure(values, 'count') }),
  vault_unfinished: () => m.health_vault_unfinished(),
  vault_away: (values) => m.health_vault_away({ why: figure(values, 'why') }),
  stove_forward_off: m.health_forward_off,
  stove_forward_paused: m.health_forward_paused,
  stove_forward_good: m.health_forward_good,
  stove_forward_waiting: (values) => m.health_forward_waiting({ why: figure(values, 'why') }),
  stove_forward_refused: (values) => m.health_forward_refused({ why: figure(values, 'why') }),
  web_up: (values) => m.health_web_up({ address: figure(values, 'address') }),
  web_down: (values) => m.health_web_down({ port: figure(values, 'port') }),
  web_up_lan: (values) => m.health_web_up_lan({ address: figure(values, 'address'), lan: figure(values, 'lan') }),
  web_lan_waits: (values) => m.health_web_lan_waits({ address: figure(values, 'address'), why: lanWhy(values) }),
  web_lan_partly: (values) => m.health_web_lan_partly({ address: figure(values, 'address'), why: figure(values, 'why') }),
  tls_local: (values) => m.health_tls_local({ names: figure(values, 'names'), days: figure(values, 'days') }),
  tls_own: (values) => m.health_tls_own({ names: figure(values, 'names'), days: figure(values, 'days') }),
  tls_unused: () => m.health_tls_unused(),
  tls_ca_ended: () => m.health_tls_ca_ended(),
  tls_ca_ends: (values) => m.health_tls_ca_ends({ days: /(\d+) days/.exec(figure(values, 'why'))?.[1] ?? '–' }),
  tls_ca_key_gone: () => m.health_tls_ca_key_gone(),
  tls_vault_away: () => m.health_tls_vault_away(),
  tls_files: (values) => m.health_tls_files({ why: figure(values, 'why') }),
  tls_failed: (values) => m.health_tls_failed({ why: figure(values, 'why') }),
  tls_ended: () => m.health_tls_ended(),
  tls_not_yet: () => m.health_tls_not_yet(),
  tls_kept: (values) => m.health_tls_kept({ why: figure(values, 'why') }),
  tls_unusable: (values) => m.health_tls_unusable({ why: figure(values, 'why') }),
  audit_whole: (values) => m.health_audit_whole({ records: count(values, 'records') }),
  audit_damaged: (values) => m.health_audit_damaged({ row: figure(values, 'row'), problem: figure(values, 'problem') }),
  audit_unread: (values) => m.health_audit_unread({ why: figure(values, 'why') }),
  recovery_none: () => m.health_recovery_none(),
  recovery_used: (values) =>
    m.health_recovery_used({ name: figure(values, 'name'), time: dateTime(Number(values['at_ms'] ?? 0), locale.current) }),
};

/** Whatever the row is about: figures that come with it as well. */
function besides(row: HealthRow): string[] {
  const { values } = row;
  const more: string[] = [];
  if (values['refused']) more.push(m.health_refused({ count: count(values, 'refused') }));
  if (values['silent'] && values['silent'] !== '0' && row.code !== 'clock_unknown') more.push(m.health_clock_silent({ count: values['silent'] }));
  if (values['readers_ms']) more.push(m.health_clock_readers({ count: figure(values, 'readers'), offset: offset(values, 'readers_ms') }));
  // The worse of two stories about the clock speaks; the jump that is held still waits for somebody.
  if (row.part === 'clock' && row.code !== 'clock_held' && values['hours']) more.push(m.health_clock_also_held({ hours: values['hours'] }));
  return more;
}

const nextSteps: Record<string, () => string> = {
  ledger_stopped: m.health_ledger_stopped_next,
  broker_down: m.health_broker_down_next,
  broker_ports_taken: m.health_broker_ports_taken_next,
  broker_embedded_partly: m.health_broker_embedded_partly_next,
  web_down: m.health_web_down_next,
  link_down: m.health_link_down_next,
  outbox_depth: m.health_outbox_depth_next,
  reader_without_key: m.health_reader_without_key_next,
  clock_held: m.health_clock_held_next,
  clock_jumped: m.health_clock_jumped_next,
  disk_low: m.health_disk_low_next,
  vault_away: m.health_vault_away_next,
  vault_missing: m.health_vault_missing_next,
  vault_unfinished: m.health_vault_unfinished_next,
  clock_drifts: m.health_clock_jumped_next,
  clock_wrong: m.health_clock_wrong_next,
  clock_peers_disagree: m.health_clock_peers_disagree_next,
  clock_unknown: m.health_clock_unknown_next,
  web_lan_partly: m.health_web_lan_partly_next,
  tls_ca_ended: m.health_tls_ca_ended_next,
  tls_ca_ends: m.health_tls_ca_ends_next,
  tls_ca_key_gone: m.health_tls_ca_key_gone_next,
  tls_vault_away: m.health_tls_vault_away_next,
  tls_failed: m.health_tls_failed_next,
  tls_ended: m.health_tls_ended_next,
  tls_not_yet: m.health_tls_not_yet_next,
  tls_kept: m.health_tls_kept_next,
  tls_unusable: m.health_tls_kept_next,
  audit_damaged: m.health_audit_damaged_next,
  audit_unread: m.health_audit_unread_next,
  recovery_none: m.health_recovery_none_next,
  recovery_used: m.health_recovery_used_next,
  control_down: m.health_control_down_next,
  stove_forward_paused: m.health_forward_paused_next,
  stove_forward_waiting: m.health_forward_waiting_next,
  stove_forward_refused: m.health_forward_refused_next,
};

export function summaryOf(row: HealthRow): string {
  const own = summaries[row.code]?.(row.values);
  // A summary of the station's own has its figures in it already.
  return own === undefined ? row.summary : [own, ...besides(row)].join('; ');
}

/** The next step, where the station names one. */
export function nextStepOf(row: HealthRow): string {
  if (row.next_step === '') return '';
  if (row.code === 'web_lan_waits') return lanWaits[figure(row.values, 'why')]?.next() ?? row.next_step;
  return nextSteps[row.code]?.() ?? row.next_step;
}

export type HealthAct = 'accept_clock' | 'seen' | 'tills' | 'settings' | 'network' | 'vault' | 'recovery' | 'audit' | 'forwarding';

/** What can be done about a row from here: an act, or the page where it is mended. */
export function actOf(row: HealthRow): HealthAct | null {
  if (row.code === 'recovery_none') return 'recovery';
  if (row.state === 'good' || row.state === 'unused') return null;
  if (row.part === 'clock') {
    // A clock that its peers call wrong is set right first: then the jump is what is left to say.
    return row.code === 'clock_held' || row.code === 'clock_jumped' ? 'accept_clock' : 'settings';
  }
  if (row.code === 'recovery_used') return 'seen';
  if (row.part === 'stove_forward') return 'forwarding';
  if (row.part.startsWith('reader:')) return 'tills';
  if (row.part === 'tls' || row.part === 'web') return 'network';
  if (row.part === 'vault') return 'vault';
  if (row.part === 'audit') return 'audit';
  return row.part === 'broker' || row.part === 'link' ? 'settings' : null;
}
