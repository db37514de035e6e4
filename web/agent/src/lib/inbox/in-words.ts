import type { Carried, ContactCard, Interactive, Offer, Place } from './parts';

/** What a reply carries as plain words, the same as the server's: a line for each thing it says. */
export function inWords({ interactive, location, contacts, text }: Carried & { text: string }): string {
  if (interactive) return offerInWords(interactive, text);
  return lines(location ? placeLines(location) : (contacts ?? []).flatMap(cardLines));
}

function offerInWords({ header, footer, offer }: Interactive, text: string): string {
  return lines([header, text, ...tapped(offer), footer]);
}

function tapped(offer: Offer): (string | null)[] {
  if (offer.type === 'buttons') return offer.buttons.map((title) => `- ${title}`);
  if (offer.type === 'link') return [`${offer.label}: ${offer.url}`];
  if (offer.type !== 'list') return [];
  return offer.sections.flatMap(({ title, rows }) => [
    title,
    ...rows.map((row) => (row.description ? `- ${row.title}: ${row.description}` : `- ${row.title}`)),
  ]);
}

function placeLines({ name, address, latitude, longitude }: Place) {
  return [name, address, `${latitude}, ${longitude}`];
}

function cardLines({ name, title, company, phones, emails, urls, addresses }: ContactCard) {
  const reaches = [phones, emails, urls, addresses].flat().map(({ value }) => value);
  return [name, title, company, ...reaches];
}

function lines(parts: readonly (string | null)[]): string {
  return parts.filter(Boolean).join('\n');
}
