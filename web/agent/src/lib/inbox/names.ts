import type { Conversation } from '$lib/api/types';

/** Characters that turn the direction of what follows, also outside the name that they stand in. */
const TURNING = /[\u202A-\u202E\u2066-\u2069]/g;

/** The conversation with the customer's names as they may be shown anywhere. */
export function withShownNames(conversation: Conversation): Conversation {
  const { contact } = conversation;
  const name = shownName(contact.name) || (contact.phone ?? contact.bsuid ?? '');
  const username = contact.username === null ? null : shownName(contact.username);
  return { ...conversation, contact: { ...contact, name, username } };
}

/** A name without the characters that would turn the text around it. */
export function shownName(name: string): string {
  return name.replace(TURNING, '').trim();
}

/** What customers call themselves, inside a sentence of ours: its direction and ours stay apart. */
export function apart(name: string): string {
  return `\u2068${name}\u2069`;
}
