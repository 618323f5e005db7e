/** What one page asks of another before it goes there: numbers to write to, a line to use, a dialog to open. */
export interface SendWish {
  to: string[];
  lineId: number | null;
}

class Wishes {
  /** The search for modems is to be opened. */
  detect = $state(false);
  /** What the next message begins with. */
  send = $state.raw<SendWish | null>(null);
  /** The line that USSD is about. */
  ussd = $state<number | null>(null);
}

export const wishes = new Wishes();
