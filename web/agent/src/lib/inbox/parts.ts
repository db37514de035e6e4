import type { Entry } from '$lib/api/types';

export interface Reach {
  value: string;
  label: string | null;
}

export interface ContactCard {
  name: string | null;
  phones: Reach[];
  emails: Reach[];
  urls: Reach[];
  addresses: Reach[];
  company: string | null;
  title: string | null;
  birthday: string | null;
}

export interface OrderItem {
  product: string;
  quantity: number;
  /** Micro-units. */
  price: number | null;
  currency: string | null;
}

export interface Row {
  title: string;
  description: string | null;
}

export interface Section {
  title: string | null;
  rows: Row[];
}

export type Offer =
  | { type: 'buttons'; buttons: string[] }
  | { type: 'list'; button: string; sections: Section[] }
  | { type: 'link'; label: string; url: string }
  | { type: 'location' }
  | { type: 'contact' };

/** What stands around the words of a message that offers something to tap. */
export interface Interactive {
  header: string | null;
  footer: string | null;
  offer: Offer;
}

/** A place on the earth, in degrees. */
export interface Place {
  latitude: number;
  longitude: number;
  name: string | null;
  address: string | null;
}

/** What a reply carries that was put together in a dialog: one of them, or nothing. */
export interface Carried {
  interactive?: Interactive;
  location?: Place;
  contacts?: ContactCard[];
}

/** What a message is made of beside its words, as far as it is shown as a card. */
export type Card =
  | ({ type: 'location' } & Place)
  | { type: 'contacts'; cards: ContactCard[]; asked_for: boolean }
  | { type: 'choice'; id: string | null; title: string }
  | { type: 'order'; catalog: string | null; items: OrderItem[] }
  | { type: 'form'; name: string | null; answers: { name: string; value: string }[] }
  | { type: 'product'; catalog: string | null; product: string }
  | { type: 'forwarded'; often: boolean }
  | {
      type: 'referral';
      source: string | null;
      url: string | null;
      headline: string | null;
      body: string | null;
      greeting: string | null;
    }
  | ({ type: 'interactive' } & Interactive)
  | { type: 'not_passed_on'; what: string | null; code: number | null }
  | { type: 'raw'; name: string; json: unknown };

const ABOVE = new Set(['forwarded', 'referral', 'product']);
const BELOW = new Set([
  'location',
  'contacts',
  'choice',
  'order',
  'form',
  'interactive',
  'not_passed_on',
  'raw',
]);

/** The cards that stand above the words of a message. */
export function cardsAbove({ parts }: Pick<Entry, 'parts'>): Card[] {
  return parts.filter(({ type }) => ABOVE.has(String(type))) as unknown as Card[];
}

/** The cards that stand under them. */
export function cardsBelow({ parts }: Pick<Entry, 'parts'>): Card[] {
  return parts.filter(({ type }) => BELOW.has(String(type))) as unknown as Card[];
}

/** Whether a card says what kind of message it is, so that no other words need to. */
export function tellsItsKind(entry: Pick<Entry, 'parts'>): boolean {
  return cardsBelow(entry).some(({ type }) => type !== 'raw');
}

/** Whether the words of a message are told otherwise: by one of its cards, or as its kind. */
export function wordsAreTold({ kind, parts }: Pick<Entry, 'kind' | 'parts'>): boolean {
  return kind === 'system' || parts.some(({ type }) => type === 'choice' || type === 'contacts');
}

/** The ids of a message's answers: their places, from 1. */
export function choicesOf(offer: Offer): string[] {
  if (offer.type === 'buttons') return offer.buttons;
  if (offer.type !== 'list') return [];
  return offer.sections.flatMap(({ rows }) => rows.map(({ title }) => title));
}

/** What the customer chose of each message that offered something, by its id: the place, from 1. */
export function chosenIn(entries: readonly Entry[]): ReadonlyMap<string, number> {
  const chosen = new Map<string, number>();
  for (const { reply_to, parts } of entries) {
    const choice = parts.find(({ type }) => type === 'choice') as { id?: string | null } | undefined;
    if (reply_to && choice?.id) chosen.set(reply_to, Number(choice.id));
  }
  return chosen;
}

/** What a reply carries, without what it carries not; undefined when it is words only. */
export function carriedBy({
  interactive,
  location,
  contacts,
}: {
  [Kind in keyof Carried]: Carried[Kind] | null;
}): Carried | undefined {
  if (interactive) return { interactive };
  if (location) return { location };
  return contacts ? { contacts } : undefined;
}

/** The parts of the message that carries it. */
export function partsOf({ interactive, location, contacts }: Carried): Card[] {
  if (interactive) return [{ type: 'interactive', ...interactive }];
  if (location) return [{ type: 'location', ...location }];
  return contacts ? [{ type: 'contacts', cards: contacts, asked_for: false }] : [];
}

/** What a message of ours carries, as it was sent. */
export function carriedIn(entry: Pick<Entry, 'parts'>): Carried | undefined {
  for (const card of cardsBelow(entry)) {
    if (card.type === 'interactive') {
      const { header, footer, offer } = card;
      return { interactive: { header, footer, offer } };
    }
    if (card.type === 'location') {
      const { latitude, longitude, name, address } = card;
      return { location: { latitude, longitude, name, address } };
    }
    if (card.type === 'contacts') return { contacts: card.cards };
  }
  return undefined;
}

/** Where a place can be looked at. */
export function mapOf({ latitude, longitude }: { latitude: number; longitude: number }): string {
  const place = `${latitude}/${longitude}`;
  return `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${place}`;
}

/** An address that may be followed; undefined for every other. */
export function pageOf(url: string | null): URL | undefined {
  if (url === null || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  return parsed.protocol === 'https:' || parsed.protocol === 'http:' ? parsed : undefined;
}
