/** A small choice kept in the browser. Storage may be switched off: then the choice lasts as long as the page. */
export interface Stored<T> {
  read(): T;
  write(value: T): void;
}

export function stored<T>(key: string, otherwise: T, valid: (value: unknown) => boolean): Stored<T> {
  let inMemory = otherwise;
  return {
    read() {
      try {
        const text = localStorage.getItem(key);
        if (text === null) return inMemory;
        const value: unknown = JSON.parse(text);
        return valid(value) ? (value as T) : inMemory;
      } catch {
        return inMemory;
      }
    },
    write(value) {
      inMemory = value;
      try {
        localStorage.setItem(key, JSON.stringify(value));
      } catch {
        // Private windows refuse; the value above is enough for this page.
      }
    },
  };
}
