/** Runs an act at once, and then not again before it has ended and a pause has passed: what is asked meanwhile is one run. */

/** Pause between two readings of a list that changes all the time, in milliseconds. */
export const READ_EVERY_MS = 500;

export interface Throttled {
  (): void;
  /** Nothing runs after this. */
  stop: () => void;
}

// Timers only: a clock that jumps must not hold a list back.
export function throttled(act: () => Promise<unknown> | void, pauseMs = READ_EVERY_MS): Throttled {
  let [running, asked, stopped] = [false, false, false];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const run = async (): Promise<void> => {
    running = true;
    asked = false;
    try {
      await act();
    } catch {
      // Whoever acts keeps its own errors; the pause comes either way.
    }
    timer = setTimeout(() => {
      running = false;
      if (asked && !stopped) void run();
    }, pauseMs);
  };

  const ask = () => {
    if (stopped) return;
    if (running) asked = true;
    else void run();
  };
  ask.stop = () => {
    stopped = true;
    clearTimeout(timer);
  };
  return ask;
}
