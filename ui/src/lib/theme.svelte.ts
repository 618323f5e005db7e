/** Light, dark or the system's own. The tokens are `light-dark()` pairs, so one `color-scheme` decides them all. */
import { stored } from './stored';

export type ThemeChoice = 'system' | 'light' | 'dark';
export const themeChoices: ThemeChoice[] = ['system', 'light', 'dark'];

const memory = stored<ThemeChoice>('gerai.theme', 'system', (value) => themeChoices.includes(value as ThemeChoice));

class Theme {
  #choice = $state<ThemeChoice>(memory.read());

  constructor() {
    this.#apply();
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }

  choose(choice: ThemeChoice): void {
    this.#choice = choice;
    memory.write(choice);
    this.#apply();
  }

  #apply(): void {
    document.documentElement.dataset['theme'] = this.#choice;
  }
}

export const theme = new Theme();
