/** J, K, Enter, Esc, N and `/` over a list of which one row may be open. */
import { shortcut } from './keys';

interface Listed<T, K> {
  rows: () => T[];
  keyOf: (row: T) => K;
  /** The open row; `null`: none. */
  openKey: () => K | null;
  /** Opens a row, or closes it with `null`; left out: rows do not open. */
  onopen: () => ((key: K | null) => void) | undefined;
  onnew: () => (() => void) | undefined;
  onsearch: () => (() => void) | undefined;
}

export class ListKeys<T, K> {
  #cursor = $state<K | null>(null);
  #list: Listed<T, K>;

  constructor(list: Listed<T, K>) {
    this.#list = list;
  }

  /** The row that the keys are at: the open one, otherwise where J and K went. */
  get marked(): K | null {
    return this.#list.openKey() ?? this.#cursor;
  }

  open = (key: K | null): void => {
    this.#cursor = key ?? this.marked;
    this.#list.onopen()?.(key);
  };

  step = (by: number): void => {
    const { rows, keyOf, openKey } = this.#list;
    const all = rows();
    const at = all.findIndex((row) => keyOf(row) === this.marked);
    const row = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
    if (row === undefined) return;
    this.#cursor = keyOf(row);
    if (openKey() !== null) this.open(this.#cursor);
  };

  pressed = (event: KeyboardEvent): void => {
    const key = shortcut(event);
    const { onopen, onnew, onsearch } = this.#list;
    const [fresh, search] = [onnew(), onsearch()];
    if (key === 'j' && onopen()) this.step(1);
    else if (key === 'k' && onopen()) this.step(-1);
    else if (key === 'Enter' && this.#cursor !== null && event.target === document.body) this.open(this.#cursor);
    else if (key === 'Escape') this.open(null);
    else if (key === 'n' && fresh) { event.preventDefault(); fresh(); }
    else if (key === '/' && search) { event.preventDefault(); search(); }
  };
}
