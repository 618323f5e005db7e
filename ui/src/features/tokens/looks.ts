/** How a token stands. */
import type { TokenRow } from '../../bindings/TokenRow';
import type { Glyph, Mood } from '../../components/StatusPill.svelte';
import { m } from '../../paraglide/messages.js';

export function tokenLook(row: TokenRow, nowMs: number): { glyph: Glyph; mood: Mood; word: string } {
  if (row.revoked_ms !== null) return { glyph: 'slash', mood: 'bad', word: m.token_revoked() };
  if (row.expires_ms <= nowMs) return { glyph: 'clock', mood: 'muted', word: m.token_ended() };
  if (!row.valid) return { glyph: 'cross', mood: 'bad', word: m.token_not_valid() };
  return { glyph: 'dot', mood: 'ok', word: m.token_valid() };
}
