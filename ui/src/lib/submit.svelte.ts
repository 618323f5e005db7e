/** One act of a form: runs once at a time and keeps its error where it happened. */
import type { CallError } from './backend';

export class Submit {
  busy = $state(false);
  error = $state.raw<CallError | null>(null);

  /** Answers whether it went well. */
  async run(act: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = null;
    try {
      await act();
      return true;
    } catch (error) {
      this.error = error as CallError;
      return false;
    } finally {
      this.busy = false;
    }
  }
}
