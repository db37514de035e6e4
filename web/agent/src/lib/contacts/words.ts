import type { Contact, ContactIdentity, Suggestion } from '$lib/api/types';
import { hasMessage, locale, phoneText, t } from '$lib/i18n';
import { apart, numberAsName, shownName } from '$lib/inbox/names';

/** What a contact is called in a list: its name, else what it is known by. */
export function nameOf(contact: Contact): string {
  return shownName(contact.name) || numberAsName(contact.phone) || contact.username || contact.bsuid || '';
}

/** The line under a contact's name. */
export function knownBy(contact: Contact): string {
  const parts = [contact.phone && phoneText(contact.phone), contact.username && `@${contact.username}`];
  return parts.filter(Boolean).join(' · ') || (contact.bsuid ?? '');
}

/** An identity as it is written: a number with its plus, a username with its sign. */
export function written({ kind, value }: Pick<ContactIdentity, 'kind' | 'value'>): string {
  if (kind === 'wa_id') return phoneText(`+${value}`);
  return kind === 'username' ? `@${value}` : value;
}

/** What is copied of an identity. */
export function copied({ kind, value }: Pick<ContactIdentity, 'kind' | 'value'>): string {
  if (kind === 'wa_id') return `+${value}`;
  return kind === 'username' ? `@${value}` : value;
}

/** The name of a country in the language of the screens. */
export function countryName(code: string): string {
  return new Intl.DisplayNames([locale()], { type: 'region' }).of(code) ?? code;
}

/** Why two contacts may be one, a sentence each. */
export function reasons(suggestion: Suggestion): string[] {
  return suggestion.reasons.flatMap(({ reason, params }) => {
    const key = `why.${reason}`;
    const value = typeof params.value === 'string' ? params.value : '';
    const number = /^\d{7,15}$/.test(value) && reason !== 'same_username';
    return hasMessage(key) ? [t(key, { value: number ? phoneText(`+${value}`) : apart(value) })] : [];
  });
}
