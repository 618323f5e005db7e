/** Readers in words. */
import type { ReaderView } from '../../bindings/ReaderView';
import type { Glyph, Mood } from '../../components/StatusPill.svelte';
import { m } from '../../paraglide/messages.js';

export function readerLook(reader: ReaderView): { glyph: Glyph; mood: Mood; word: string } {
  if (reader.revoked) return { glyph: 'slash', mood: 'muted', word: m.reader_revoked() };
  if (reader.trouble) return { glyph: 'triangle', mood: 'warn', word: m.reader_trouble() };
  if (reader.connections > 0) return { glyph: 'dot', mood: 'ok', word: m.reader_online() };
  if (reader.last_seen_ms === null) return { glyph: 'ring', mood: 'muted', word: m.reader_never() };
  return { glyph: 'cross', mood: 'bad', word: m.reader_offline() };
}

export function protocolWord(reader: ReaderView): string {
  if (reader.kind === 'legacy') return m.reader_protocol_legacy();
  if (reader.kind === 'screen') return m.reader_kind_screen();
  return reader.signed ? m.reader_protocol_signed() : m.reader_protocol_plain();
}
