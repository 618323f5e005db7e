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

/** Sentences by code. Each gets the row's figures; a code that is not here falls back to the summary. */
const sentences: Record<string, (values: Record<string, string | undefined>) => string> = {};

export function summaryOf(row: HealthRow): string {
  return sentences[row.code]?.(row.values) ?? row.summary;
}
