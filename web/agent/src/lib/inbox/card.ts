import type { ContactCard } from './parts';
import { lineOrNull, tooLong, type WrongLine } from './place';

/** So many numbers stand on a card: the same limit as the server's. */
export const MOST_PHONES = 10;

/** What is being written of a person's card: every field is there, empty or not. */
export interface WrittenCard {
  name: string;
  phones: { value: string }[];
  email: string;
  company: string;
  title: string;
}

/** A card as it can be written. */
export function writtenCard(card?: ContactCard): WrittenCard {
  const phones = card?.phones.map(({ value }) => ({ value })) ?? [];
  return {
    name: card?.name ?? '',
    phones: phones.length > 0 ? phones : [{ value: '' }],
    email: card?.emails[0]?.value ?? '',
    company: card?.company ?? '',
    title: card?.title ?? '',
  };
}

export function wrongOfCard({ name, phones, email, company, title }: WrittenCard): Map<string, WrongLine> {
  const wrong = new Map<string, WrongLine>();
  if (name.trim() === '') wrong.set('name', { code: 'empty' });
  if (email.trim() === '' && phones.every(({ value }) => value.trim() === '')) {
    wrong.set('phones[0]', { code: 'unreachable' });
  }
  const numbers = phones.map(({ value }, index) => [`phones[${index}]`, value] as const);
  tooLong(wrong, { name, email, company, title, ...Object.fromEntries(numbers) });
  return wrong;
}

/** The card that is sent, once nothing of it is wrong. */
export function cardOf({ name, phones, email, company, title }: WrittenCard): ContactCard {
  const reach = (line: string) => ({ value: line.trim(), label: null });
  return {
    name: lineOrNull(name),
    phones: phones.filter(({ value }) => value.trim() !== '').map(({ value }) => reach(value)),
    emails: email.trim() === '' ? [] : [reach(email)],
    urls: [],
    addresses: [],
    company: lineOrNull(company),
    title: lineOrNull(title),
    birthday: null,
  };
}
