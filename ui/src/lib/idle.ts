/**
 * The idle lock: a person who touches nothing for long enough is taken to have left. Acts of a person are passed on to
 * the station now and then, so that its own clock, which is the one that counts, starts again.
 */

/** Least time between two touches that are passed on, in milliseconds. */
export const TOUCH_EVERY_MS = 30_000;

interface Wishes {
  /** Silence after which the person has left, in milliseconds; 0: never. */
  afterMs: number;
  /** Passes an act on to the station. */
  ontouch: () => void;
  onidle: () => void;
}

export class IdleWatch {
  readonly #wishes: Wishes;
  #lastActMs = Date.now();
  #lastTouchMs = Date.now();
  #idleTimer: ReturnType<typeof setTimeout> | undefined;
  #touchTimer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(wishes: Wishes) {
    this.#wishes = wishes;
    this.#arm();
  }

  /** A person did something here. */
  acted(): void {
    if (this.#stopped) return;
    // A machine that slept wakes with its timers late: whoever moves the mouse then must not find the page open.
    if (this.#overdue()) return this.#idle();
    this.#lastActMs = Date.now();
    const wait = this.#lastTouchMs + TOUCH_EVERY_MS - Date.now();
    if (wait <= 0) this.#touch();
    else this.#touchTimer ??= setTimeout(() => this.#touch(), wait);
  }

  /** A person did something on another page of the same session; that page told the station. */
  actedElsewhere(): void {
    if (!this.#stopped) this.#lastActMs = this.#lastTouchMs = Date.now();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#touchTimer);
  }

  #overdue(): boolean {
    return this.#wishes.afterMs > 0 && Date.now() - this.#lastActMs >= this.#wishes.afterMs;
  }

  #touch(): void {
    clearTimeout(this.#touchTimer);
    this.#touchTimer = undefined;
    this.#lastTouchMs = Date.now();
    this.#wishes.ontouch();
  }

  #idle(): void {
    this.stop();
    this.#wishes.onidle();
  }

  // One timer that looks again, instead of one that is set anew at every movement of the mouse.
  #arm(): void {
    if (this.#wishes.afterMs <= 0) return;
    this.#idleTimer = setTimeout(() => {
      if (this.#overdue()) this.#idle();
      else this.#arm();
    }, this.#lastActMs + this.#wishes.afterMs - Date.now());
  }
}
