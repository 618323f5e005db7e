/**
 * Turns a stream of heartbeats into a link state. It knows nothing about the transport: the HTTP and the desktop
 * backend both feed it, so both lose the station after the same three seconds.
 */
import type { LinkState } from './backend';

/** Silence after which the station counts as lost, in milliseconds. The station beats once a second. */
export const LOST_AFTER_MS = 3_000;

export class HeartbeatWatch {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #state: LinkState = 'connecting';
  readonly #onLink: (link: LinkState) => void;

  constructor(onLink: (link: LinkState) => void) {
    this.#onLink = onLink;
    this.#arm();
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Anything that came from the station proves that it lives. */
  heard(): void {
    this.#arm();
    this.#move('live');
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#move('lost'), LOST_AFTER_MS);
  }

  #move(next: LinkState): void {
    if (next === this.#state) return;
    this.#state = next;
    this.#onLink(next);
  }
}
