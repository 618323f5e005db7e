/** An error code as a sentence in the screen's language. The station's own English text follows as the detail. */
import { m } from '../paraglide/messages.js';
import type { CallError, CallErrorCode } from './backend';

const sentences: Record<CallErrorCode, () => string> = {
  signed_out: m.error_signed_out,
  forbidden: m.error_forbidden,
  sign_in_refused: m.error_sign_in_refused,
  second_factor: m.error_second_factor,
  second_factor_needed: m.error_second_factor_needed,
  locked: m.error_locked,
  must_change: m.error_must_change,
  pairing_refused: m.counter_pair_refused,
  first_run: m.error_first_run,
  unknown_command: m.error_unknown_command,
  invalid: m.error_invalid,
  not_found: m.error_not_found,
  taken: m.error_taken,
  request_reused: m.error_request_reused,
  refused: m.error_refused,
  unavailable: m.error_unavailable,
  bluetooth_no_service: m.error_bluetooth_no_service,
  bluetooth_no_adapter: m.error_bluetooth_no_adapter,
  bluetooth_off: m.error_bluetooth_off,
  bluetooth_denied: m.error_bluetooth_denied,
  bluetooth_not_found: m.error_bluetooth_not_found,
  bluetooth_connect_failed: m.error_bluetooth_connect_failed,
  bluetooth_dropped: m.error_bluetooth_dropped,
  bluetooth_no_such_service: m.error_bluetooth_no_such_service,
  bluetooth_no_such_characteristic: m.error_bluetooth_no_such_characteristic,
  bluetooth_too_long: m.error_bluetooth_too_long,
  bluetooth_timeout: m.error_bluetooth_timeout,
  bluetooth_not_set: m.error_bluetooth_not_set,
  bluetooth_failed: m.error_bluetooth_failed,
  ledger_stopped: m.error_ledger_stopped,
  internal: m.error_internal,
  unreachable: m.error_unreachable,
};

/** The sentence for a code. A newer station may know codes that this page does not. */
export const codeSentence = (code: CallErrorCode): string => (sentences[code] ?? m.error_internal)();

export const errorSentence = (error: CallError): string => codeSentence(error.code);

/** Codes whose sentence says all there is to say: the station's English would only say it again. */
const complete: ReadonlySet<CallErrorCode> = new Set<CallErrorCode>([
  'bluetooth_no_service', 'bluetooth_no_adapter', 'bluetooth_off', 'bluetooth_not_found', 'bluetooth_dropped', 'bluetooth_timeout', 'bluetooth_not_set',
]);

export const isComplete = ({ code }: { code: CallErrorCode }): boolean => complete.has(code);

/** What to pass on to whoever helps. */
export function errorDetails(error: CallError): string {
  return [error.message, error.help].filter(Boolean).join('. ') + ` (${error.code})`;
}

/** The sentence for one form field, when the error names it. */
export function fieldError(error: CallError | null, field: string): string {
  return error?.field === field ? [error.message, error.help].filter(Boolean).join('. ') : '';
}
