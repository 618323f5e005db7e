/** What is still to be read this month, in the order in which it is gone to. One for the whole console: it outlives the page. */
import type { Page } from '../../../bindings/Page';
import type { StovePosition } from '../../../bindings/StovePosition';
import type { StoveRow } from '../../../bindings/StoveRow';
import type { CallError } from '../../../lib/backend';
import { backend } from '../../../lib/station.svelte';
import { stored } from '../../../lib/stored';
import { inOrder } from './order';

/** Stoves that are held: more than a person reads in a month. The count beside them is of all. */
const MOST = 1_000;
const PAGE = 200;
/** A position may be this old, and finding it may take this long. */
const POSITION_MS = 60_000;
const FINDING_MS = 15_000;

const onMemory = stored<boolean>('gerai.scan_route', false, (value) => typeof value === 'boolean');
const whereMemory = stored<string>('gerai.scan_route_where', '', (value) => typeof value === 'string');

export class StoveRoute {
  on = $state(onMemory.read());
  /** Only stoves with this in their place, label or number; empty: all. */
  where = $state(whereMemory.read());
  ready = $state(false);
  busy = $state(false);
  error = $state.raw<CallError | null>(null);
  /** Read this month, of those that match. */
  read = $state(0);
  /** Not read this month, of those that match. */
  left = $state(0);
  /** Where this device is, once a person asked for the nearest first. */
  here = $state.raw<StovePosition | null>(null);
  finding = $state(false);
  /** The device does not say where it is. */
  lost = $state(false);
  #unread = $state.raw<StoveRow[]>([]);
  #skipped = $state.raw<ReadonlySet<string>>(new Set());
  #again = false;

  /** What was skipped comes after all others. */
  readonly stops = $derived.by(() => {
    const ordered = inOrder(this.#unread, this.here);
    return [...ordered.filter((stove) => !this.#skipped.has(stove.id)), ...ordered.filter((stove) => this.#skipped.has(stove.id))];
  });
  readonly next = $derived(this.stops[0] ?? null);

  switchOn(on: boolean): void {
    this.on = on;
    onMemory.write(on);
    if (on) void this.reload();
  }

  narrow(where: string): void {
    this.where = where;
    whereMemory.write(where);
    this.#skipped = new Set();
    void this.reload();
  }

  skip(stove: string): void {
    // Skipped twice: behind those that were skipped before it.
    const others = [...this.#skipped].filter((one) => one !== stove);
    this.#skipped = this.#skipped.has(stove) ? new Set(others) : new Set([...others, stove]);
  }

  /** A stove was read: it is off the list at once, the station is asked afterwards. */
  done(stove: string): void {
    if (!this.on || !this.#unread.some((one) => one.id === stove)) return;
    this.#unread = this.#unread.filter((one) => one.id !== stove);
    this.left = Math.max(0, this.left - 1);
    this.read += 1;
  }

  reload = async (): Promise<void> => {
    if (!this.on) return;
    if (this.busy) {
      this.#again = true;
      return;
    }
    this.busy = true;
    try {
      await this.#load(this.where.trim());
      this.error = null;
    } catch (error) {
      this.error = error as CallError;
    }
    this.busy = false;
    if (!this.#again) return;
    this.#again = false;
    await this.reload();
  };

  async #load(search: string): Promise<void> {
    const asked = { search: search || null, flagged: false, unread: false, registered: null, changing: false };
    const found: StoveRow[] = [];
    let cursor: number | null = null;
    let left = 0;
    do {
      const page: Page<StoveRow> = await backend.call('stoves.list', { ...asked, read: false, cursor, limit: PAGE });
      found.push(...page.rows);
      [cursor, left] = [page.next, page.total];
    } while (cursor !== null && found.length < MOST);
    const done = await backend.call('stoves.list', { ...asked, read: true, cursor: null, limit: 1 });
    [this.#unread, this.left, this.read, this.ready] = [found, left, done.total, true];
  }

  /** Asks the device where it is, and the person by it. */
  nearest(): void {
    this.finding = true;
    this.lost = false;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        this.here = { lat: coords.latitude, lon: coords.longitude };
        this.finding = false;
      },
      () => {
        this.here = null;
        [this.finding, this.lost] = [false, true];
      },
      { enableHighAccuracy: true, maximumAge: POSITION_MS, timeout: FINDING_MS },
    );
  }

  byPlace(): void {
    this.here = null;
    this.lost = false;
  }
}

export const stoveRoute = new StoveRoute();
