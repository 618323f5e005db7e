/** Each outcome's glyph, colour and word, the same in every list. */
import type { Outcome } from '../../bindings/Outcome';
import type { Glyph, Mood } from '../../components/StatusPill.svelte';
import { m } from '../../paraglide/messages.js';

export interface Look {
  glyph: Glyph;
  mood: Mood;
  word: () => string;
}

export const outcomeLooks: Record<Outcome, Look> = {
  ok: { glyph: 'dot', mood: 'ok', word: m.outcome_ok },
  low: { glyph: 'cross', mood: 'bad', word: m.outcome_low },
  frozen: { glyph: 'pause', mood: 'warn', word: m.outcome_frozen },
  lost: { glyph: 'slash', mood: 'bad', word: m.outcome_lost },
  unknown: { glyph: 'question', mood: 'warn', word: m.outcome_unknown },
  dup: { glyph: 'repeat', mood: 'warn', word: m.outcome_dup },
  limit: { glyph: 'bar', mood: 'warn', word: m.outcome_limit },
  unarmed: { glyph: 'ring', mood: 'warn', word: m.outcome_unarmed },
  late: { glyph: 'clock', mood: 'warn', word: m.outcome_late },
  auth: { glyph: 'lock', mood: 'bad', word: m.outcome_auth },
  err: { glyph: 'triangle', mood: 'bad', word: m.outcome_err },
};

export const reversedLook: Look = { glyph: 'return', mood: 'muted', word: m.outcome_reversed };
