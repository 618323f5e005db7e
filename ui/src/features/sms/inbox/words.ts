/** Senders in words, and a text with its gaps set apart. */
import type { InboxRow } from '../../../bindings/InboxRow';
import { m } from '../../../paraglide/messages.js';

export const senderWords = (row: Pick<InboxRow, 'from' | 'kind'>): string => row.from || (row.kind === 'unreadable' ? m.inbox_unknown_sender() : m.inbox_withheld());

/** Letters and short codes can not be answered. */
export const canAnswer = (from: string): boolean => /^\+?[\d\s•-]{7,}$/.test(from);

/** The mark that the station puts where a part is missing. */
const GAP = '[…]';

export function withGaps(text: string): { text: string; gap: boolean }[] {
  return text.split(GAP).flatMap((piece, at) => [...(at > 0 ? [{ text: GAP, gap: true }] : []), ...(piece === '' ? [] : [{ text: piece, gap: false }])]);
}
