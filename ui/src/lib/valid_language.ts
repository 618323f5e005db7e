/**
 * Comes before libraries that ask `Intl` with the browser's language while they load. A system without a locale (LANG=C)
 * names a language that is none, WebKit passes it on, and the whole page would stay empty.
 */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'id', configurable: true });
}
