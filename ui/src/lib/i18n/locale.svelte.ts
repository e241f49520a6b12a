/** The language of the window: one rune, so that a switch redraws every text without a reload. */
import { baseLocale, isLocale, locales, overwriteGetLocale, type Locale } from '../paraglide/runtime.js';

const KEY = 'selaras.locale';

const stored = typeof localStorage === 'undefined' ? null : localStorage.getItem(KEY);
let current = $state<Locale>(stored !== null && isLocale(stored) ? stored : baseLocale);

overwriteGetLocale(() => current);

export const locale = {
  get current(): Locale {
    return current;
  },
  /** Changes the language here and remembers it for the next start. */
  set(next: Locale): void {
    current = next;
    localStorage.setItem(KEY, next);
    document.documentElement.lang = next;
  },
};

export { isLocale, locales, type Locale };
