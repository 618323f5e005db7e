/** What one stove page asks of another before it goes there. */
class StoveWishes {
  /** The list of readings begins with this stove. */
  readingsOf = $state<string | null>(null);
}

export const stoveWishes = new StoveWishes();
