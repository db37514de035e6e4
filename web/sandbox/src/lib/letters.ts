// What a customer sends, in the form that the server takes.

import type { Row, Tap } from './content';
import type { Letter, Message, PhoneFile } from './control';

/** What the next words are: an answer to a message, or its new text. */
export interface Over {
  how: 'reply' | 'edit';
  message: Message;
}

export const EMOJIS = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const;

export function words(text: string, over: Over | null): Letter {
  if (over?.how === 'edit') {
    const message = { type: 'text', text: { body: text } };
    return { type: 'edit', payload: { original_message_id: over.message.id, message } };
  }
  return { type: 'text', text, ...(over ? { reply_to: over.message.id } : {}) };
}

export function revocation(message: Message): Letter {
  return { type: 'revoke', payload: { original_message_id: message.id } };
}

/** A reaction, or without an emoji its end. */
export function reaction(message: Message, emoji: string | null): Letter {
  const payload = { message_id: message.id, ...(emoji === null ? {} : { emoji }) };
  return { type: 'reaction', payload };
}

/** What somebody picks a file for. */
export type Picked = 'photo' | 'document' | 'voice';

/** The type under which a picked file is put on the phone: a voice note says how it is coded. */
export function typeOf(file: { type: string }): string {
  if (file.type === '') return 'application/octet-stream';
  return file.type === 'audio/ogg' ? 'audio/ogg; codecs=opus' : file.type;
}

/** A file as the phone sends it: what it cannot show is a document. */
export function fileLetter(picked: Picked, file: PhoneFile, caption: string, over: Over | null): Letter {
  const [type = ''] = file.mime_type.split(';');
  const kind = picked === 'document' ? 'document' : kindOf(type.trim());
  const captioned = caption !== '' && kind !== 'audio' && kind !== 'sticker';
  return {
    type: kind,
    file: file.id,
    ...(captioned ? { caption } : {}),
    ...(kind === 'audio' ? { voice: picked === 'voice' && type === 'audio/ogg' } : {}),
    ...(over?.how === 'reply' ? { reply_to: over.message.id } : {}),
  };
}

function kindOf(type: string): string {
  if (type === 'image/webp') return 'sticker';
  if (type === 'image/jpeg' || type === 'image/png') return 'image';
  if (type.startsWith('video/')) return 'video';
  return type.startsWith('audio/') ? 'audio' : 'document';
}

/** A tap on a button, or on a row of a list. */
export function choice(message: Message, chosen: Extract<Tap, { kind: 'reply' }> | Row): Letter {
  const { id, title } = chosen;
  const payload =
    'kind' in chosen
      ? { type: 'button_reply', button_reply: { id, title } }
      : {
          type: 'list_reply',
          list_reply: {
            id,
            title,
            ...(chosen.description === '' ? {} : { description: chosen.description }),
          },
        };
  return { type: 'interactive', payload, reply_to: message.id };
}

/** A form, filled in with one answer. */
export function formAnswer(message: Message, token: string, answer: string): Letter {
  const told = { ...(token === '' ? {} : { flow_token: token }), answer };
  const nfm_reply = { name: 'flow', body: 'Sent', response_json: JSON.stringify(told) };
  return { type: 'interactive', payload: { type: 'nfm_reply', nfm_reply }, reply_to: message.id };
}

export interface TypedPlace {
  latitude: string;
  longitude: string;
  name: string;
  address: string;
}

/** Degrees as typed, with a point or a comma; null if they are none. */
function degrees(typed: string, most: number): number | null {
  const number = typed.trim() === '' ? NaN : Number(typed.trim().replace(',', '.'));
  return Math.abs(number) <= most ? number : null;
}

export function wrongPlace(typed: TypedPlace): (keyof TypedPlace)[] {
  const wrong: (keyof TypedPlace)[] = [];
  if (degrees(typed.latitude, 90) === null) wrong.push('latitude');
  if (degrees(typed.longitude, 180) === null) wrong.push('longitude');
  return wrong;
}

export function placeLetter(typed: TypedPlace, answered: Message | null): Letter {
  const [name, address] = [typed.name.trim(), typed.address.trim()];
  const payload = {
    latitude: degrees(typed.latitude, 90),
    longitude: degrees(typed.longitude, 180),
    ...(name === '' ? {} : { name }),
    ...(address === '' ? {} : { address }),
  };
  return { type: 'location', payload, ...(answered ? { reply_to: answered.id } : {}) };
}

export interface TypedCard {
  name: string;
  phone: string;
}

export function wrongCard(typed: TypedCard): (keyof TypedCard)[] {
  const wrong: (keyof TypedCard)[] = [];
  if (typed.name.trim() === '') wrong.push('name');
  if (!/^\d{7,15}$/.test(digits(typed.phone))) wrong.push('phone');
  return wrong;
}

/** A contact card; the answer to a question for the number says so and carries no name. */
export function cardLetter(typed: TypedCard, answered: Message | null): Letter {
  const [first_name = '', ...rest] = typed.name.trim().split(/\s+/);
  const last_name = rest.join(' ');
  const phones = [{ phone: `+${digits(typed.phone)}`, wa_id: digits(typed.phone), type: 'CELL' }];
  if (answered) {
    return { type: 'contacts', payload: [{ origin: 'contact_request', phones }], reply_to: answered.id };
  }
  const name = {
    formatted_name: typed.name.trim(),
    first_name,
    ...(last_name === '' ? {} : { last_name }),
  };
  return { type: 'contacts', payload: [{ name, phones, origin: 'other' }] };
}

function digits(phone: string): string {
  return phone.replace(/[\s+().-]/g, '').replace(/^00/, '');
}
