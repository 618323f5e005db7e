/** The console's one event stream: link state, the station's clock, and who wants to hear about what. */
import type { Event } from '../bindings/Event';
import type { Backend, LinkState } from './backend';
import { backend as direct } from './connect';
import { Refusals } from './refusals';
import { throttled } from './throttle';

type Listener = { kinds: Event['kind'][]; heard: () => void };

class Station {
  link = $state<LinkState>('connecting');
  nowMs = $state(Date.now());
  #offsetMs = 0;
  #listeners = new Set<Listener>();

  /** Begins to listen; the returned function ends it. */
  start(source: Backend): () => void {
    this.link = 'connecting';
    const stop = source.subscribe(
      (event) => this.#heard(event),
      (link) => {
        const wasLost = this.link === 'lost';
        this.link = link;
        // Whatever happened while nobody listened: every screen reads again.
        if (wasLost && link === 'live') for (const listener of this.#listeners) listener.heard();
      },
    );
    const clock = setInterval(() => (this.nowMs = Date.now() + this.#offsetMs), 1_000);
    return () => {
      clearInterval(clock);
      stop();
    };
  }

  /** Calls back after events of these kinds. For `$effect`: returns what ends it. */
  on(kinds: Event['kind'][], heard: () => void): () => void {
    const listener = { kinds, heard };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The same for what may happen a thousand times a second: at most two readings a second, and never two at a time. */
  often(kinds: Event['kind'][], read: () => Promise<unknown>): () => void {
    const heard = throttled(read);
    const off = this.on(kinds, heard);
    return () => {
      off();
      heard.stop();
    };
  }

  #heard(event: Event): void {
    if (event.kind === 'heartbeat') {
      this.#offsetMs = event.now_ms - Date.now();
      this.nowMs = event.now_ms;
      return;
    }
    for (const listener of this.#listeners) if (listener.kinds.includes(event.kind)) listener.heard();
  }
}

export const station = new Station();

/** Whoever shows the session hears here that it ended, or locked, in the middle of any command. */
export const refusals = new Refusals();
export const backend = refusals.watch(direct);
