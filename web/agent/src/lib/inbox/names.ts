import type { Conversation } from '$lib/api/types';
import { phoneText } from '$lib/i18n';

/** Characters that turn the direction of what follows, also outside the name that they stand in. */
const TURNING = /[\u202A-\u202E\u2066-\u2069]/g;

/** The conversation with the customer's names as they may be shown anywhere. */
export function withShownNames(conversation: Conversation): Conversation {
  const { contact } = conversation;
  const name = shownName(contact.name) || numberAsName(contact.phone) || (contact.bsuid ?? '');
  const username = contact.username === null ? null : shownName(contact.username);
  return { ...conversation, contact: { ...contact, name, username } };
}

/** A name without the characters that would turn the text around it. */
export function shownName(name: string): string {
  return name.replace(TURNING, '').trim();
}

/** The number of somebody without a name, as one word: nobody is greeted by a country's code. */
export function numberAsName(phone: string | null): string {
  return phone === null ? '' : phoneText(phone).replaceAll(' ', '\u00A0');
}

/** What customers call themselves, inside a sentence of ours: its direction and ours stay apart. */
export function apart(name: string): string {
  return `\u2068${name}\u2069`;
}
