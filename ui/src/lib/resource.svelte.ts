/** Something read from the station: its value, whether it is being read, and what went wrong. */
import type { CallError } from './backend';

export class Resource<T> {
  value = $state.raw<T | null>(null);
  error = $state.raw<CallError | null>(null);
  busy = $state(false);
  #read: () => Promise<T>;
  #number = 0;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  /** Reads (again). Of two overlapping reads only the later one counts. The old value stays while it is read. */
  reload = async (): Promise<void> => {
    const number = ++this.#number;
    this.busy = true;
    try {
      const value = await this.#read();
      if (number !== this.#number) return;
      this.value = value;
      this.error = null;
    } catch (error) {
      if (number !== this.#number) return;
      this.error = error as CallError;
    } finally {
      if (number === this.#number) this.busy = false;
    }
  };

  /** Takes a newer value that came as the answer of another command. */
  take(value: T): void {
    this.#number += 1;
    this.busy = false;
    this.error = null;
    this.value = value;
  }
}
