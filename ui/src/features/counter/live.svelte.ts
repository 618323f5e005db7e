/**
 * Keeps one till's counter up to date: re-reads it at every event that touches it, notices silence, and carries the
 * cashier's keys. What is shown is decided in `state.ts`.
 */
import type { CounterView } from '../../bindings/CounterView';
import type { Event } from '../../bindings/Event';
import type { SessionView } from '../../bindings/SessionView';
import { CallError, type Backend, type LinkState } from '../../lib/backend';
import { draftAmount, eraseDigit, typeDigit } from './amount_draft';
import { decide, type Reading } from './state';

/** Safety net beside the events, in milliseconds: a lost event is made up for after this. */
const REREAD_MS = 10_000;
/** How often a silent station is asked again. */
const RETRY_MS = 1_500;
/** Redraw while something on the screen runs out. */
const BUSY_TICK_MS = 50;

export class CounterLive {
  view = $state.raw<CounterView | null>(null);
  failed = $state(false);
  signedOut = $state(false);
  /** An operator's session that was idle too long; a paired counter never locks. */
  locked = $state(false);
  /** Whose session this is; of a paired counter: who is on duty. */
  session = $state.raw<SessionView | null>(null);
  link = $state<LinkState>('connecting');
  reading = $state.raw<Reading | null>(null);
  draft = $state('');
  dismissed = $state<number | null>(null);
  armError = $state.raw<CallError | null>(null);
  nowMs = $state(Date.now());
  offlineSinceMs = $state(Date.now());

  readonly shown = $derived(
    decide({
      view: this.view, failed: this.failed, link: this.link, nowMs: this.nowMs,
      reading: this.reading, draft: this.draft, dismissed: this.dismissed,
    }),
  );

  readonly #backend: Backend;
  readonly #tillId: number | null;
  #clockOffsetMs = 0;
  #readNumber = 0;
  #unsubscribe: (() => void) | undefined;
  #tick: ReturnType<typeof setTimeout> | undefined;
  #reread: ReturnType<typeof setTimeout> | undefined;

  constructor(backend: Backend, tillId: number | null) {
    this.#backend = backend;
    this.#tillId = tillId;
  }

  start(): void {
    this.#unsubscribe = this.#backend.subscribe(
      (event) => this.#heard(event),
      (link) => {
        if (link === 'lost') this.offlineSinceMs = this.#stationNow();
        this.link = link;
        void this.read();
      },
    );
    void this.read();
    this.#redraw();
  }

  stop(): void {
    this.#unsubscribe?.();
    clearTimeout(this.#tick);
    clearTimeout(this.#reread);
  }

  /** Reads the counter again. Of two overlapping reads only the later one counts. */
  async read(): Promise<void> {
    const number = ++this.#readNumber;
    clearTimeout(this.#reread);
    try {
      const view = await this.#backend.call('counter.show', { till_id: this.#tillId });
      if (number === this.#readNumber) this.#take(view);
    } catch (error) {
      if (number === this.#readNumber) this.#fail(error as CallError);
    }
    if (number !== this.#readNumber || this.signedOut) return;
    const wait = this.failed || this.link === 'lost' ? RETRY_MS : REREAD_MS;
    this.#reread = setTimeout(() => void this.read(), wait);
  }

  /** Reads who is here. It decides nothing on this screen, so a failure only leaves the name out. */
  async readSession(): Promise<void> {
    this.session = await this.#backend.call('session.current', {}).catch(() => null);
  }

  /** A key of the keyboard or the number pad, at a till without a fixed price. */
  key(key: string): boolean {
    const view = this.view;
    if (!view || view.price !== null || this.failed || !view.taking) return false;
    if (/^\d+$/.test(key)) this.#type(typeDigit(this.draft, key));
    else if (key === 'Backspace' && this.draft !== '') this.#type(eraseDigit(this.draft));
    else if (key === 'Enter' && this.draft !== '') void this.#arm();
    else if (key === 'Escape') void this.#cancel();
    else if (key === 'F2' && view.armed !== null) this.#type(String(view.armed));
    else return false;
    return true;
  }

  #type(draft: string): void {
    this.draft = draft;
    this.armError = null;
    this.dismissed = this.view?.result?.payment_id ?? null;
  }

  async #arm(): Promise<void> {
    const view = this.view;
    const amount = draftAmount(this.draft);
    if (!view || amount < 1 || amount > view.max_per_tap) return;
    try {
      await this.#backend.call('tills.arm', { id: view.till_id, amount });
      await this.read();
      this.draft = '';
    } catch (error) {
      this.armError = error as CallError;
    }
  }

  async #cancel(): Promise<void> {
    this.armError = null;
    if (this.draft !== '') {
      this.draft = '';
      return;
    }
    const view = this.view;
    if (!view || view.armed === null) return;
    try {
      await this.#backend.call('tills.cancel', { id: view.till_id });
      await this.read();
    } catch (error) {
      this.armError = error as CallError;
    }
  }

  #take(view: CounterView): void {
    this.#setClock(view.now_ms);
    if (!view.online && (this.view?.online ?? true)) this.offlineSinceMs = view.now_ms;
    this.failed = false;
    this.signedOut = false;
    this.locked = false;
    if (this.view === null) void this.readSession();
    this.view = view;
    this.#redraw();
  }

  #fail(error: CallError): void {
    this.signedOut = ['signed_out', 'forbidden', 'first_run', 'must_change'].includes(error.code);
    if (error.code === 'locked' && !this.locked) {
      this.locked = true;
      void this.readSession();
    }
    this.failed = true;
    this.#redraw();
  }

  #heard(event: Event): void {
    switch (event.kind) {
      case 'heartbeat':
        this.#setClock(event.now_ms);
        break;
      case 'reading':
        if (event.till_id === this.view?.till_id) this.#startReading();
        break;
      case 'payment':
        if (event.till_id === null || event.till_id === this.view?.till_id) void this.read();
        break;
      case 'till':
        if (event.till_id === this.view?.till_id) void this.read();
        break;
      case 'health':
      case 'settings':
        void this.read();
        break;
      case 'people':
        void this.readSession();
        break;
      case 'account':
      case 'approval':
      case 'audit':
      case 'reader':
      case 'rejected':
        break;
    }
  }

  #startReading(): void {
    this.reading = { sinceMs: this.#stationNow(), afterPayment: this.view?.result?.payment_id ?? null };
    this.#redraw();
  }

  #setClock(stationMs: number): void {
    this.#clockOffsetMs = stationMs - Date.now();
  }

  #stationNow(): number {
    return Date.now() + this.#clockOffsetMs;
  }

  /** Redraws now, then as often as the state needs: quickly while a result runs out, at the full second otherwise. */
  #redraw(): void {
    clearTimeout(this.#tick);
    this.nowMs = this.#stationNow();
    const busy = this.shown.result !== null || this.reading !== null;
    if (this.reading && this.nowMs - this.reading.sinceMs > 10_000) this.reading = null;
    this.#tick = setTimeout(() => this.#redraw(), busy ? BUSY_TICK_MS : 1_000 - (this.nowMs % 1_000));
  }
}
