/** Which sound a screen owes, once per payment. Pure, as `state.ts`; the sounds themselves are in `lib/sounds.ts`. */
import type { CounterSettings } from '../../bindings/CounterSettings';
import type { Sound } from '../../lib/sounds';
import { tones, type CounterShown } from './state';

/** The sound of what is shown, or `null`: no result, or one that has sounded. */
export function soundFor(shown: CounterShown, lastSounded: number | null): Sound | null {
  if (!shown.result || shown.result.payment_id === lastSounded) return null;
  const tone = tones[shown.kind];
  if (tone === 'paid') return 'success';
  return tone === 'refused' ? 'failure' : 'caution';
}

/** Quiet hours may span midnight: 22:00 to 06:00. Equal ends mean none. */
export function isQuiet(settings: CounterSettings, wibMinute: number): boolean {
  const { quiet_from: from, quiet_to: to } = settings;
  if (from === null || to === null || from === to) return false;
  return from < to ? wibMinute >= from && wibMinute < to : wibMinute >= from || wibMinute < to;
}

/** Loudness 0 to 1 at this minute of the day. */
export function loudness(settings: CounterSettings, wibMinute: number): number {
  if (settings.mute || isQuiet(settings, wibMinute)) return 0;
  return Math.min(Math.max(settings.volume, 0), 100) / 100;
}
