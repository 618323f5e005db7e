/** A list that pages by key: rows so far, how many there are, and the way to more. */
import { untrack } from 'svelte';
import type { Page } from '../bindings/Page';
import type { CallError } from './backend';

/** Rows a page. */
export const PAGE_ROWS = 50;
/** Most rows that a page of the station may have. */
const MOST_ROWS = 200;

export class Paged<T> {
  rows = $state.raw<T[]>([]);
  total = $state(0);
  ready = $state(false);
  busy = $state(false);
  error = $state.raw<CallError | null>(null);
  #next: number | null = null;
  #read: (cursor: number | null, limit: number) => Promise<Page<T>>;
  #number = 0;

  constructor(read: (cursor: number | null, limit: number) => Promise<Page<T>>) {
    this.#read = read;
  }

  get hasMore(): boolean {
    return this.#next !== null;
  }

  /** Reads from the beginning. The rows on screen stay until the new ones are here. */
  reload = async (): Promise<void> => {
    // An effect that reads a list must not run again because the list was read.
    await untrack(() => this.#get(null, Math.min(Math.max(this.rows.length, PAGE_ROWS), MOST_ROWS), (page) => page.rows));
  };

  /** A changed filter: the old rows are no answer to the new question. */
  restart = async (): Promise<void> => {
    this.rows = [];
    this.ready = false;
    await this.reload();
  };

  more = async (): Promise<void> => {
    if (this.busy || this.#next === null) return;
    await this.#get(this.#next, PAGE_ROWS, (page) => [...this.rows, ...page.rows]);
  };

  async #get(cursor: number | null, limit: number, join: (page: Page<T>) => T[]): Promise<void> {
    const number = ++this.#number;
    this.busy = true;
    try {
      const page = await this.#read(cursor, limit);
      if (number !== this.#number) return;
      this.rows = join(page);
      this.total = page.total;
      this.#next = page.next;
      this.ready = true;
      this.error = null;
    } catch (error) {
      if (number === this.#number) this.error = error as CallError;
    } finally {
      if (number === this.#number) this.busy = false;
    }
  }
}
