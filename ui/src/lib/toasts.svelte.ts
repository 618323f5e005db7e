/** Short notices of things done. */
const STAY_MS = 5_000;

interface Toast {
  id: number;
  text: string;
}

class Toasts {
  all = $state<Toast[]>([]);
  #next = 1;

  done(text: string): void {
    const id = this.#next++;
    this.all.push({ id, text });
    setTimeout(() => this.drop(id), STAY_MS);
  }

  drop(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
