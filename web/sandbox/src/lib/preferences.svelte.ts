// What this browser remembers of the page: language, theme, and whom the two phones play.

import { catalogs, firstLocale, type Locale } from './words';

const KEY = 'charla.sandbox';

interface Stored {
  locale?: Locale;
  theme?: 'light' | 'dark';
  players?: (string | null)[];
}

function stored(): Stored {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Stored;
  } catch {
    return {};
  }
}

class Preferences {
  locale = $state<Locale>('en');
  /** Who holds each phone, as chosen by hand; null takes the first customer that is free. */
  players = $state<(string | null)[]>([null, null]);
  words = $derived(catalogs[this.locale]);
  dark = $state(false);

  constructor() {
    const kept = stored();
    this.locale = firstLocale(kept.locale ?? null, navigator.languages);
    this.players = [kept.players?.[0] ?? null, kept.players?.[1] ?? null];
    this.dark = kept.theme ? kept.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    this.#apply();
  }

  setLocale(locale: Locale): void {
    this.locale = locale;
    this.#keep({ locale });
  }

  setDark(dark: boolean): void {
    this.dark = dark;
    this.#keep({ theme: dark ? 'dark' : 'light' });
  }

  setPlayer(phone: number, customer: string): void {
    this.players[phone] = customer;
    this.#keep({ players: [...this.players] });
  }

  #keep(change: Stored): void {
    this.#apply();
    try {
      localStorage.setItem(KEY, JSON.stringify({ ...stored(), ...change }));
    } catch {
      // Storage is full or forbidden: the choice then lasts until the page is closed.
    }
  }

  #apply(): void {
    document.documentElement.lang = this.locale;
    document.documentElement.dataset.theme = this.dark ? 'dark' : 'light';
    document.title = `Charla · ${catalogs[this.locale].title}`;
  }
}

export const preferences = new Preferences();
