/**
 * Where the console is: `#/payments/18398`. The hash keeps it the same on the desktop and over HTTP, and the server
 * needs to know one page only.
 */
class Router {
  #path = $state(location.hash);

  constructor() {
    addEventListener('hashchange', () => (this.#path = location.hash));
  }

  /** First part of the path; empty at the start. */
  get page(): string {
    return this.#parts[0] ?? '';
  }

  /** Second part as a row id. */
  get id(): number | null {
    const id = Number(this.#parts[1]);
    return Number.isInteger(id) && id > 0 ? id : null;
  }

  go(page: string, id?: number | null): void {
    location.hash = id ? `#/${page}/${id}` : `#/${page}`;
    // `hashchange` comes a task later: a key pressed before it must already find the new place.
    this.#path = location.hash;
  }

  get #parts(): string[] {
    return this.#path.replace(/^#\/?/, '').split('/');
  }
}

export const router = new Router();
