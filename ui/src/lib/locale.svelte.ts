/** The screen's language. Messages read it through Paraglide, so changing it redraws every text in place. */
import type { Language } from '../bindings/Language';
import { overwriteGetLocale } from '../paraglide/runtime.js';
import { stored } from './stored';

const memory = stored<Language | null>('gerai.language', null, (value) => value === 'id' || value === 'en');

class Locale {
  #current = $state<Language>(memory.read() ?? 'id');

  get current(): Language {
    return this.#current;
  }

  /** A choice of the person in front of the screen: it stays. */
  choose(language: Language): void {
    memory.write(language);
    this.#show(language);
  }

  /** The station's language, for a screen where nobody has chosen one. */
  suggest(language: Language): void {
    this.#show(memory.read() ?? language);
  }

  #show(language: Language): void {
    this.#current = language;
    document.documentElement.lang = language;
  }
}

export const locale = new Locale();
overwriteGetLocale(() => locale.current);
