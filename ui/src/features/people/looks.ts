/** How a person stands, as glyph, colour and word. */
import type { OperatorView } from '../../bindings/OperatorView';
import type { Glyph, Mood } from '../../components/StatusPill.svelte';
import { m } from '../../paraglide/messages.js';

export function personLook(person: OperatorView): { glyph: Glyph; mood: Mood; word: string } {
  if (!person.active) return { glyph: 'slash', mood: 'muted', word: m.people_inactive() };
  if (person.must_change) return { glyph: 'clock', mood: 'warn', word: m.people_must_change() };
  return { glyph: 'dot', mood: 'ok', word: m.account_active() };
}
