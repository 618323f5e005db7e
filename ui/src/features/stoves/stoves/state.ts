/** How a stove stands, in one word: what wants a person first. */
import type { StoveRow } from '../../../bindings/StoveRow';
import { m } from '../../../paraglide/messages.js';
import { signatureLook, type Look } from '../looks';
import { monthOf } from './periods';

/** Days after which a reading is called old. */
const OLD_DAYS = 35;
const DAY_MS = 86_400_000;

/** In this order: false codes, flags, visits in vain, a change under way, never read, old, good. */
export function stoveLook(row: StoveRow, nowMs: number): Look {
  if (row.signature === 'demo_key' || row.signature === 'invalid') return signatureLook(row.signature);
  if (row.worst === 'alarm' && row.open_flags > 0) return { glyph: 'cross', mood: 'bad', word: m.stoves_flags({ count: row.open_flags }) };
  if (row.open_flags > 0) return { glyph: 'triangle', mood: 'warn', word: m.stoves_flags({ count: row.open_flags }) };
  if (row.unread > 0) return { glyph: 'slash', mood: 'warn', word: m.stoves_visits({ count: row.unread }) };
  if (row.change !== null) return { glyph: 'half', mood: 'info', word: m.stoves_changing() };
  if (row.last_seen_ms === null) return { glyph: 'ring', mood: 'muted', word: m.stoves_never() };
  if (nowMs - row.last_seen_ms > OLD_DAYS * DAY_MS) return { glyph: 'clock', mood: 'muted', word: m.stoves_old() };
  if (row.signature === 'unknown_stove') return signatureLook('unknown_stove');
  return { glyph: 'check', mood: 'ok', word: m.quality_good() };
}

export type Coverage = 'read' | 'visited' | 'unread';

/** Whether a stove was read in the running WIB month: by its own clock, as its energy is counted, and as the station counts. */
export function coverageOf(row: StoveRow, nowMs: number): Coverage {
  if (row.last_t_ms !== null && monthOf(row.last_t_ms) >= monthOf(nowMs)) return 'read';
  return row.unread > 0 ? 'visited' : 'unread';
}
