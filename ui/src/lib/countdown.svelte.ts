/** Counts whole seconds down to zero; late timers do not make it longer. */
export class Countdown {
  left = $state(0);
  #endMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  start(seconds: number): void {
    this.#endMs = Date.now() + seconds * 1_000;
    this.#count();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.left = 0;
  }

  #count(): void {
    clearTimeout(this.#timer);
    const leftMs = Math.max(0, this.#endMs - Date.now());
    this.left = Math.ceil(leftMs / 1_000);
    if (leftMs > 0) this.#timer = setTimeout(() => this.#count(), leftMs % 1_000 || 1_000);
  }
}
