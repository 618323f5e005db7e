/** Health rows in the screen's language, as far as this page knows their codes; otherwise the station's English. */
import type { HealthRow } from '../../bindings/HealthRow';
import type { HealthState } from '../../bindings/HealthState';
import type { Glyph, Mood } from '../../components/StatusPill.svelte';
import { m } from '../../paraglide/messages.js';

export function healthLook(state: HealthState): { glyph: Glyph; mood: Mood; word: string } {
  const looks: Record<HealthState, { glyph: Glyph; mood: Mood; word: string }> = {
    good: { glyph: 'dot', mood: 'ok', word: m.health_good() },
    attention: { glyph: 'triangle', mood: 'warn', word: m.health_attention() },
    bad: { glyph: 'cross', mood: 'bad', word: m.health_bad() },
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
};

export function partName(row: HealthRow): string {
  if (row.part.startsWith('reader:')) return m.health_part_reader({ name: row.part.slice('reader:'.length) });
  return parts[row.part]?.() ?? row.part;
}

type Values = Record<string, string | undefined>;
type Sentence = (values: Values) => string;
const figure = (values: Values, name: string): string => values[name] ?? '–';

function brokerUp(values: Values): string {
  const ports = { mqtt: figure(values, 'mqtt'), ws: figure(values, 'ws'), mqtts: figure(values, 'mqtts') };
  return values['lan'] === 'true' ? m.health_broker_up_lan(ports) : m.health_broker_up_here(ports);
}

/** Sentences by code; a code that is not here keeps the station's own summary. */
const summaries: Record<string, Sentence> = {
  ledger_writing: (values) => m.health_ledger_writing({ entries: figure(values, 'entries') }),
  ledger_stopped: () => m.health_ledger_stopped(),
  broker_embedded_up: brokerUp,
  broker_embedded_partly: (values) =>
    m.health_broker_embedded_partly({ mqtt: figure(values, 'mqtt'), why: figure(values, 'why') }),
  broker_external: (values) => m.health_broker_external({ address: figure(values, 'address') }),
  link_up: () => m.health_link_up(),
  link_down: (values) => m.health_link_down({ detail: figure(values, 'detail') }),
  outbox_depth: (values) => m.health_outbox_depth({ depth: figure(values, 'depth') }),
  reader_without_key: () => m.health_reader_without_key(),
  clock_held: (values) => m.health_clock_held({ hours: figure(values, 'hours') }),
  clock_jumped: (values) => m.health_clock_jumped({ seconds: figure(values, 'seconds') }),
  clock_steady: () => m.health_clock_steady(),
  disk_free: (values) => m.health_disk_free({ mib: figure(values, 'mib') }),
  disk_low: (values) => m.health_disk_free({ mib: figure(values, 'mib') }),
  vault_open: () => m.health_vault_open(),
  vault_away: (values) => m.health_vault_away({ why: figure(values, 'why') }),
  web_up: (values) => m.health_web_up({ address: figure(values, 'address') }),
  web_down: (values) => m.health_web_down({ port: figure(values, 'port') }),
};

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
};

export function summaryOf(row: HealthRow): string {
  return summaries[row.code]?.(row.values) ?? row.summary;
}

/** The next step, where the station names one. */
export function nextStepOf(row: HealthRow): string {
  return row.next_step === '' ? '' : (nextSteps[row.code]?.() ?? row.next_step);
}
