/** The running scan session: its state and newest picture while a page looks at it, and each verdict told once. */
import type { ScanState } from '../../../bindings/ScanState';
import type { Taken } from '../../../bindings/Taken';
import type { Backend, CallError } from '../../../lib/backend';
import { scanFrame } from '../../../lib/connect';
import type { Sight } from './sight';

/** Pause between two looks while pictures come, and while none do. */
const BUSY_MS = 200;
const IDLE_MS = 3_000;
/** An outline that did not move on for so long is gone: nothing of the code is in view. */
const OUTLINE_MS = 1_000;
/** How long the frame around a picture says that a code was read. */
const VERDICT_MS = 2_500;

export class ScanWatch implements Sight {
  state = $state.raw<ScanState | null>(null);
  error = $state.raw<CallError | null>(null);
  /** Address of the newest picture; empty: none. */
  picture = $state('');
  /** The outline is of a code that is in view now. */
  inView = $state(false);
  /** The verdict that was reached a moment ago. */
  fresh = $state.raw<Taken | null>(null);
  readonly stream = null;
  #backend: Backend;
  #told: (taken: Taken, atMs: number) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #verdicts: number | null = null;
  #outlineAt = 0;
  #outlineTimer: ReturnType<typeof setTimeout> | undefined;
  #verdictTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(backend: Backend, told: (taken: Taken, atMs: number) => void) {
    this.#backend = backend;
    this.#told = told;
  }

  start(): () => void {
    this.#running = true;
    void this.look();
    return () => {
      this.#running = false;
      for (const timer of [this.#timer, this.#outlineTimer, this.#verdictTimer]) clearTimeout(timer);
    };
  }

  look = async (): Promise<void> => {
    clearTimeout(this.#timer);
    try {
      this.take(await this.#backend.call('scan.state', {}));
    } catch (error) {
      this.error = error as CallError;
    }
    if (!this.#running) return;
    clearTimeout(this.#timer);
    const busy = this.state?.phase === 'running' || this.state?.phase === 'opening';
    this.#timer = setTimeout(() => void this.look(), busy ? BUSY_MS : IDLE_MS);
  };

  /** The station's pictures have addresses: nothing is streamed. */
  show = (): (() => void) => () => undefined;

  take(state: ScanState): void {
    this.error = null;
    if (state.outline === null) this.inView = false;
    else if (state.outline.at_ms !== this.#outlineAt) this.#see(state.outline.at_ms);
    this.#show(state);
    // What was read before this page looked has had its beep; a smaller number is a new session.
    const isNew = this.#verdicts !== null && state.verdicts > this.#verdicts;
    this.#verdicts = state.verdicts;
    this.state = state;
    if (!isNew || !state.last) return;
    this.fresh = state.last;
    clearTimeout(this.#verdictTimer);
    this.#verdictTimer = setTimeout(() => (this.fresh = null), VERDICT_MS);
    this.#told(state.last, state.last_ms ?? 0);
  }

  #show(state: ScanState): void {
    const there = state.phase === 'running' && state.frame > 0;
    const address = there ? scanFrame(state.frame) : '';
    if (address !== null) {
      this.picture = address;
      return;
    }
    this.#backend.call('scan.frame', {}).then(
      ({ jpeg }) => (this.picture = jpeg === '' ? '' : `data:image/jpeg;base64,${jpeg}`),
      // The next look says what is wrong.
      () => (this.picture = ''),
    );
  }

  // Timers only: the station's clock and this one's need not agree.
  #see(atMs: number): void {
    this.#outlineAt = atMs;
    this.inView = true;
    clearTimeout(this.#outlineTimer);
    this.#outlineTimer = setTimeout(() => (this.inView = false), OUTLINE_MS);
  }
}
