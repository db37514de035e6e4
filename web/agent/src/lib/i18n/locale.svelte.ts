import { IntlMessageFormat } from 'intl-messageformat';
import type { Locale } from '$lib/api/types';
import type account from './en/account.json';
import type app from './en/app.json';
import type cards from './en/cards.json';
import type channels from './en/channels.json';
import type contacts from './en/contacts.json';
import type files from './en/files.json';
import type inbox from './en/inbox.json';
import type media from './en/media.json';
import type messages from './en/messages.json';
import type settings from './en/settings.json';

/** Every text of the screens has a key; each area is one catalog per language. */
export type Key =
  | keyof typeof app
  | keyof typeof cards
  | keyof typeof channels
  | keyof typeof files
  | keyof typeof inbox
  | keyof typeof messages
  | keyof typeof account
  | keyof typeof media
  | keyof typeof contacts
  | keyof typeof settings;
type Catalog = Record<string, string>;
type Values = Record<string, string | number | Date | boolean | null | undefined>;

const catalogs: Record<Locale, () => Promise<Catalog[]>> = {
  en: async () =>
    areas(
      import('./en/app.json'),
      import('./en/inbox.json'),
      import('./en/messages.json'),
      import('./en/account.json'),
      import('./en/media.json'),
    ),
  es: async () =>
    areas(
      import('./es/app.json'),
      import('./es/inbox.json'),
      import('./es/messages.json'),
      import('./es/account.json'),
      import('./es/media.json'),
    ),
};

/**
 * What the first view does not need: the texts of cards and of composing them, of files that are sent, of settings,
 * of contacts and of channels.
 */
const later = {
  cards: { en: () => import('./en/cards.json'), es: () => import('./es/cards.json') },
  files: { en: () => import('./en/files.json'), es: () => import('./es/files.json') },
  channels: { en: () => import('./en/channels.json'), es: () => import('./es/channels.json') },
  contacts: { en: () => import('./en/contacts.json'), es: () => import('./es/contacts.json') },
  settings: { en: () => import('./en/settings.json'), es: () => import('./es/settings.json') },
} satisfies Record<string, Record<Locale, () => Promise<{ default: Catalog }>>>;
type Later = keyof typeof later;
const wanted = new Set<Later>();

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
  // Those that were asked for meanwhile came in the other language.
  await Promise.all([...wanted].map(useTexts));
}

/** Loads texts that the first view did not need; they stay when the language changes. */
export async function useTexts(area: Later): Promise<void> {
  wanted.add(area);
  const language = current.locale;
  const { default: texts } = await later[area][language]();
  if (current.locale === language) current.catalog = { ...current.catalog, ...texts };
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
  const more = areas(...[...wanted].map((area) => later[area][language]()));
  return Object.assign({}, ...(await catalogs[language]()), ...(await more)) as Catalog;
}

async function areas(...loading: Promise<{ default: Catalog }>[]): Promise<Catalog[]> {
  return (await Promise.all(loading)).map((area) => area.default);
}
