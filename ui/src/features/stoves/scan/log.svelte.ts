/** What was read while the console is open: refused codes are in no list of readings, and would be gone with the card. */
import type { Taken } from '../../../bindings/Taken';

export interface Logged {
  key: number;
  atMs: number;
  taken: Taken;
}

/** Entries that are kept. */
const MOST = 50;

class ScanLog {
  entries = $state.raw<Logged[]>([]);
  #number = 0;

  add(taken: Taken, atMs: number): Logged {
    const entry = { key: (this.#number += 1), atMs, taken };
    this.entries = [entry, ...this.entries].slice(0, MOST);
    return entry;
  }
}

export const scanLog = new ScanLog();
