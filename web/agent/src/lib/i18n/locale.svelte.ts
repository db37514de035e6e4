import { IntlMessageFormat } from 'intl-messageformat';
import type { Locale } from '$lib/api/types';
import type account from './en/account.json';
import type app from './en/app.json';
import type inbox from './en/inbox.json';

/** Every text of the screens has a key; each area is one catalog per language. */
export type Key = keyof typeof app | keyof typeof inbox | keyof typeof account;
type Catalog = Record<string, string>;
type Values = Record<string, string | number | Date | boolean | null | undefined>;

const catalogs: Record<Locale, () => Promise<Catalog[]>> = {
  en: async () => areas(import('./en/app.json'), import('./en/inbox.json'), import('./en/account.json')),
  es: async () => areas(import('./es/app.json'), import('./es/inbox.json'), import('./es/account.json')),
};

const current = $state<{ locale: Locale; catalog: Catalog }>({ locale: 'en', catalog: {} });
const formats = new Map<string, IntlMessageFormat>();

/** The language of the screens now. */
export function locale(): Locale {
  return current.locale;
}

/** The first of the browser's languages that we speak. */
export function chooseLocale(languages: readonly string[]): Locale {
  for (const language of languages) {
    const base = language.toLowerCase().split('-')[0];
    if (base === 'es' || base === 'en') return base;
  }
  return 'en';
}

/** Loads a language and switches every text on the screen to it. */
export async function useLocale(next: Locale): Promise<void> {
  current.catalog = await catalogOf(next);
  current.locale = next;
  formats.clear();
  document.documentElement.lang = next;
}

/** Whether a key built from a code of the server has a text of its own. */
export function hasMessage(key: string): key is Key {
  return key in current.catalog;
}

/** The text of `key` in the language of the screens. */
export function t(key: Key, values?: Values): string {
  const message = current.catalog[key];
  if (message === undefined) return key;
  if (!message.includes('{')) return message;
  let format = formats.get(key);
  if (!format) {
    format = new IntlMessageFormat(message, current.locale, undefined, { ignoreTag: true });
    formats.set(key, format);
  }
  return String(format.format(values));
}

/** Every text in a language, whatever the language of the screens. */
export async function catalogOf(language: Locale): Promise<Catalog> {
  return Object.assign({}, ...(await catalogs[language]())) as Catalog;
}

async function areas(...loading: Promise<{ default: Catalog }>[]): Promise<Catalog[]> {
  return (await Promise.all(loading)).map((area) => area.default);
}
