/** How something that waits for a second person stands. */
import type { ApprovalState } from '../../bindings/ApprovalState';
import type { Glyph, Mood } from '../../components/StatusPill.svelte';
import { m } from '../../paraglide/messages.js';

interface Look {
  glyph: Glyph;
  mood: Mood;
  word: string;
}

const looks: Record<ApprovalState, () => Look> = {
  waiting: () => ({ glyph: 'clock', mood: 'warn', word: m.approval_waiting() }),
  carried_out: () => ({ glyph: 'dot', mood: 'ok', word: m.approval_carried_out() }),
  refused: () => ({ glyph: 'cross', mood: 'bad', word: m.approval_refused() }),
  withdrawn: () => ({ glyph: 'return', mood: 'muted', word: m.approval_withdrawn() }),
  expired: () => ({ glyph: 'slash', mood: 'muted', word: m.approval_expired() }),
  failed: () => ({ glyph: 'triangle', mood: 'bad', word: m.approval_failed() }),
};

export const approvalLook = (state: ApprovalState): Look => looks[state]();
