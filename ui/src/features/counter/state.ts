/**
 * What the counter shows, decided from what the station said and what time it is there. Pure: no clock, no timers,
 * no network, so every rule about money on the screen can be tested as a table. A result is lit by the STATION's
 * clock; a screen whose own clock is wrong shows it for the same seconds.
 */
import type { CounterResult } from '../../bindings/CounterResult';
import type { CounterView } from '../../bindings/CounterView';
import type { LinkState } from '../../lib/backend';
import type { Outcome } from '../../bindings/Outcome';

/** A result older than this is never lit, whatever the settings say. */
export const OLDEST_LIT_MS = 30_000;
/** `reading` appears only when the answer takes longer than this: fast answers must not flicker. */
export const READING_AFTER_MS = 80;
/** A card that is being read for longer than this was not read. */
export const READING_UNTIL_MS = 2_000;
/** How long "tap again" stays after that. */
export const AGAIN_UNTIL_MS = 5_000;
/** A result may seem this much in the future because the clocks are compared over a network. */
const CLOCK_SLACK_MS = 2_000;

export type ResultKind = 'success' | Exclude<Outcome, 'ok'>;
export type CounterKind =
  | 'connecting' | 'unreachable' | 'stopped' | 'offline'
  | 'reading' | 'again' | 'typing' | 'armed' | 'idle'
  | ResultKind;

/** A tap that arrived and has no answer yet. */
export interface Reading {
  /** When it arrived, by the station's clock. */
  sinceMs: number;
  /** The newest payment this screen knew then: any other one is the answer. */
  afterPayment: number | null;
}

export interface CounterInput {
  /** The last answer of `counter.show`; `null` before the first. */
  view: CounterView | null;
  /** The last `counter.show` got no answer: what it said before is not shown any more. */
  failed: boolean;
  link: LinkState;
  /** The station's clock, Unix milliseconds. */
  nowMs: number;
  reading: Reading | null;
  /** Digits the cashier has typed; empty when nobody types. */
  draft: string;
  /** A result that the cashier has typed over: it gives way before its time. */
  dismissed: number | null;
}

export interface CounterShown {
  kind: CounterKind;
  /** The lit result, for result kinds. */
  result: CounterResult | null;
  /** Milliseconds that the lit result or the armed amount has left. */
  leftMs: number;
}

export function decide(input: CounterInput): CounterShown {
  const { view, nowMs } = input;
  if (input.failed) return plain('unreachable');
  if (!view) return plain('connecting');
  if (input.link === 'lost') return plain('offline');
  if (!view.taking) return plain('stopped');
  if (!view.online) return plain('offline');

  const waiting = readingKind(input);
  if (waiting) return plain(waiting);
  if (input.draft !== '') return plain('typing');
  const lit = litResult(view, nowMs, input.dismissed);
  if (lit) return lit;
  const armedLeft = armedLeftMs(view, nowMs);
  if (armedLeft > 0) return { kind: 'armed', result: null, leftMs: armedLeft };
  return plain('idle');
}

function plain(kind: CounterKind): CounterShown {
  return { kind, result: null, leftMs: 0 };
}

function readingKind({ reading, view, nowMs }: CounterInput): 'reading' | 'again' | null {
  if (!reading || (view?.result?.payment_id ?? null) !== reading.afterPayment) return null;
  const age = nowMs - reading.sinceMs;
  if (age < READING_AFTER_MS || age >= AGAIN_UNTIL_MS) return null;
  return age < READING_UNTIL_MS ? 'reading' : 'again';
}

function litResult(view: CounterView, nowMs: number, dismissed: number | null): CounterShown | null {
  const result = view.result;
  if (!result || result.payment_id === dismissed) return null;
  const age = nowMs - result.at_ms;
  const stays = view.settings.result_seconds * 1_000;
  if (age < -CLOCK_SLACK_MS || age >= Math.min(stays, OLDEST_LIT_MS)) return null;
  return { kind: resultKind(result.outcome), result, leftMs: Math.min(stays - age, stays) };
}

function armedLeftMs(view: CounterView, nowMs: number): number {
  if (view.armed === null) return 0;
  return view.armed_until_ms === null ? Infinity : view.armed_until_ms - nowMs;
}

export function resultKind(outcome: Outcome): ResultKind {
  return outcome === 'ok' ? 'success' : outcome;
}

/** Where the icon stands and what colour fills the screen: people learn both. */
export type Tone = 'paid' | 'refused' | 'caution' | 'offline' | 'stopped' | 'ready' | 'calm';

export const tones: Record<CounterKind, Tone> = {
  success: 'paid',
  low: 'refused', unknown: 'refused', limit: 'refused', lost: 'refused', auth: 'refused',
  frozen: 'caution', dup: 'caution', late: 'caution', unarmed: 'caution', err: 'caution', again: 'caution',
  offline: 'offline',
  stopped: 'stopped', unreachable: 'stopped',
  armed: 'ready', reading: 'ready', typing: 'ready',
  idle: 'calm', connecting: 'calm',
};

export const isResult = (kind: CounterKind): kind is ResultKind =>
  kind === 'success' || tones[kind] === 'refused' || (tones[kind] === 'caution' && kind !== 'again');
