/** A form that guesses: after a refusal that names a wait it counts down, and sends nothing before the end. */
import { Countdown } from './countdown.svelte';
import { Submit } from './submit.svelte';
import { secondsToWait } from './wait';

export class Tries extends Submit {
  readonly countdown = new Countdown();

  get blocked(): boolean {
    return this.countdown.left > 0;
  }

  override async run(act: () => Promise<void>): Promise<boolean> {
    if (this.blocked) return false;
    const done = await super.run(act);
    const wait = secondsToWait(this.error);
    if (wait > 0) this.countdown.start(wait);
    return done;
  }
}
