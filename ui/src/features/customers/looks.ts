/** States of accounts and cards as glyph, colour and word. */
import type { AccountRow } from '../../bindings/AccountRow';
import type { CardState } from '../../bindings/CardState';
import type { Glyph, Mood } from '../../components/StatusPill.svelte';
import { m } from '../../paraglide/messages.js';

interface Look {
  glyph: Glyph;
  mood: Mood;
  word: string;
}

export function accountLook(row: AccountRow): Look {
  if (row.state === 'frozen') return { glyph: 'pause', mood: 'warn', word: m.account_frozen() };
  if (row.state === 'closed') return { glyph: 'slash', mood: 'muted', word: m.account_closed() };
  if (row.low) return { glyph: 'triangle', mood: 'warn', word: m.account_low() };
  return { glyph: 'dot', mood: 'ok', word: m.account_active() };
}

export function cardLook(state: CardState): Look {
  const looks: Record<CardState, Look> = {
    active: { glyph: 'dot', mood: 'ok', word: m.card_active() },
    frozen: { glyph: 'pause', mood: 'warn', word: m.card_frozen() },
    lost: { glyph: 'slash', mood: 'bad', word: m.card_state_lost() },
    closed: { glyph: 'ring', mood: 'muted', word: m.card_closed() },
  };
  return looks[state];
}

/** A UID as people type it, ready to be checked for its length: hex digits only. */
export const bareUid = (typed: string): string => typed.replace(/[\s:-]/g, '').toUpperCase();

/** The station checks more (check bytes, random UIDs); this only catches slips while typing. */
export const looksLikeUid = (typed: string): boolean => /^(?:[0-9A-F]{8}|[0-9A-F]{10}|[0-9A-F]{14}|[0-9A-F]{20})$/.test(bareUid(typed));
