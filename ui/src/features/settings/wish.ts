/** The group of settings that another page leads to. Taken once. */
import type { GroupKey } from './form';

class SettingsWish {
  #group: GroupKey | null = null;

  ask(group: GroupKey): void {
    this.#group = group;
  }

  take(): GroupKey | null {
    const group = this.#group;
    this.#group = null;
    return group;
  }
}

export const settingsWish = new SettingsWish();
