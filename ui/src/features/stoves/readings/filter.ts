/** Which readings a list asks for. */
import type { ReadingFilter } from '../../../bindings/ReadingFilter';

/** Everything: each page narrows it down. */
export const allReadings = (): ReadingFilter => ({
  stove: null, signature: null, flag: null, flagged: false, source: null, standing: null, forward: null, officer: null, from_ms: null, until_ms: null,
});
