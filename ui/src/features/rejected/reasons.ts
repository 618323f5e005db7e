/** Why a message was not carried out, in words. */
import type { RejectedReason } from '../../bindings/RejectedReason';
import { m } from '../../paraglide/messages.js';

const words: Record<RejectedReason, () => string> = {
  not_understood: m.rejected_not_understood,
  too_large: m.rejected_too_large,
  not_utf8: m.rejected_not_utf8,
  retained: m.rejected_retained,
  topup_from_air: m.rejected_topup_from_air,
  queued_while_away: m.rejected_queued_while_away,
  unknown_reader: m.rejected_unknown_reader,
  wrong_sender: m.rejected_wrong_sender,
  wrong_mac: m.rejected_wrong_mac,
  bad_amount: m.rejected_bad_amount,
  bad_uid: m.rejected_bad_uid,
  ambiguous: m.rejected_ambiguous,
  id_reused: m.rejected_id_reused,
  no_till: m.rejected_no_till,
  replayed: m.rejected_replayed,
  failed: m.rejected_failed,
};

// A newer station may know reasons that this page does not.
export const reasonWord = (reason: RejectedReason): string => (words[reason] ?? (() => reason))();
