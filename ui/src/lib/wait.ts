/** How long the station asks to wait before the next try. */
import type { CallError } from './backend';

/** Seconds to wait that a refusal names (`Try again in 8 seconds.`); 0 when it names none. */
export function secondsToWait(error: CallError | null): number {
  if (error?.code !== 'sign_in_refused' && error?.code !== 'pairing_refused') return 0;
  const named = /\bin (\d{1,5}) ?s(?:econds?)?\b/i.exec(error.help) ?? /\bin (\d{1,5}) ?s(?:econds?)?\b/i.exec(error.message);
  return named ? Number(named[1]) : 0;
}

/** `8` below a minute, `4:05` from there on. */
export function waitText(seconds: number): string {
  if (seconds < 60) return String(seconds);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
