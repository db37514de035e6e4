// What a message shows, read out of Meta's objects. They come from programs under test, so nothing in them is trusted.

import type { Message, PhoneFile } from './control';

/** Something the customer can tap on. */
export type Tap =
  | { kind: 'reply'; id: string; title: string }
  | { kind: 'list'; title: string; sections: Section[] }
  | { kind: 'link'; title: string; url: string }
  | { kind: 'form'; title: string; token: string }
  | { kind: 'place' }
  | { kind: 'number' };

export interface Row {
  id: string;
  title: string;
  description: string;
}

export interface Section {
  title: string;
  rows: Row[];
}

export type MediaKind = 'image' | 'video' | 'sticker' | 'audio' | 'voice' | 'document';

export interface Card {
  name: string;
  phones: string[];
}

/** What a bubble draws above its words. */
export type Content =
  | { shape: 'words' }
  | { shape: 'media'; kind: MediaKind; file: PhoneFile | null; name: string }
  | { shape: 'place'; name: string; address: string; at: string }
  | { shape: 'cards'; cards: Card[] }
  | { shape: 'order'; items: number; total: string }
  | { shape: 'form'; answers: [string, string][] }
  | { shape: 'line'; text: string }
  | { shape: 'other' };

type Fields = Record<string, unknown>;

function fields(value: unknown): Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : {};
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : '';
}

const MEDIA = ['image', 'video', 'sticker', 'document'] as const;

function media(message: Message, type: string, object: Fields): Content | null {
  const { file } = message;
  if (type === 'audio')
    return { shape: 'media', kind: object.voice === true ? 'voice' : 'audio', file, name: '' };
  const kind = MEDIA.find((one) => one === type);
  const name = text(object.filename) || (file?.filename ?? '');
  return kind ? { shape: 'media', kind, file, name } : null;
}

/** What is to be drawn of a message, but for its words. */
export function content(message: Message): Content {
  const { type, payload } = message;
  const object = fields(payload);
  switch (type) {
    case 'text':
    case 'button':
      return { shape: 'words' };
    case 'interactive':
      return interactive(message, object);
    case 'location':
      return {
        shape: 'place',
        name: text(object.name),
        address: text(object.address),
        at: `${text(object.latitude)}, ${text(object.longitude)}`,
      };
    case 'contacts':
      return { shape: 'cards', cards: list(payload).map(card) };
    case 'order':
      return order(object);
    case 'system':
    case 'request_welcome':
      return { shape: 'line', text: text(object.body) };
    default:
      return media(message, type, object) ?? { shape: 'other' };
  }
}

function interactive(message: Message, object: Fields): Content {
  if (object.type === 'nfm_reply') return { shape: 'form', answers: answers(fields(object.nfm_reply)) };
  const header = fields(object.header);
  const type = text(header.type);
  return media(message, type, fields(header[type])) ?? { shape: 'words' };
}

/** The answers of a form; its text need not be an object. */
function answers(reply: Fields): [string, string][] {
  try {
    const told = fields(JSON.parse(text(reply.response_json)));
    const shown = Object.entries(told).filter(([name]) => name !== 'flow_token');
    return shown.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
  } catch {
    return [];
  }
}

function card(contact: Fields): Card {
  const phones = list(contact.phones).map((phone) => text(phone.phone) || text(phone.wa_id));
  return { name: text(fields(contact.name).formatted_name), phones };
}

function order(object: Fields): Content {
  const items = list(object.product_items);
  const count = items.reduce((sum, item) => sum + (Number(item.quantity) || 0), 0);
  const total = items.reduce((sum, item) => sum + (Number(item.item_price) * Number(item.quantity) || 0), 0);
  const currency = text(items[0]?.currency);
  return { shape: 'order', items: count, total: currency === '' ? '' : `${total.toFixed(2)} ${currency}` };
}

/** The words of a message: its text or caption, or what was tapped on. */
export function wordsOf(message: Message): string {
  const object = fields(message.payload);
  if (message.type === 'button') return text(object.text);
  if (message.type === 'order') return text(object.text);
  if (message.type !== 'interactive') return message.text ?? '';
  const chosen = fields(object[text(object.type)]);
  const reply = [text(chosen.title), text(chosen.description)].filter((part) => part !== '').join('\n');
  return reply || text(fields(object.body).text);
}

/** The text above and below what can be tapped on. */
export function around(message: Message): { header: string; footer: string } {
  const object = message.type === 'interactive' ? fields(message.payload) : {};
  const header = fields(object.header);
  return {
    header: header.type === 'text' ? text(header.text) : '',
    footer: text(fields(object.footer).text),
  };
}

/** What the customer can tap on in a message of the business. */
export function taps(message: Message): Tap[] {
  if (message.from !== 'business' || message.type !== 'interactive') return [];
  const object = fields(message.payload);
  const action = fields(object.action);
  const parameters = fields(action.parameters);
  switch (object.type) {
    case 'button':
      return list(action.buttons).map((button) => {
        const reply = fields(button.reply);
        return { kind: 'reply', id: text(reply.id), title: text(reply.title) };
      });
    case 'list':
      return [{ kind: 'list', title: text(action.button), sections: list(action.sections).map(section) }];
    case 'cta_url':
      return [{ kind: 'link', title: text(parameters.display_text), url: text(parameters.url) }];
    case 'flow':
      return [{ kind: 'form', title: text(parameters.flow_cta), token: text(parameters.flow_token) }];
    case 'location_request_message':
      return [{ kind: 'place' }];
    case 'request_contact_info':
      return [{ kind: 'number' }];
    default:
      return [];
  }
}

function section(of: Fields): Section {
  const rows = list(of.rows).map((row) => ({
    id: text(row.id),
    title: text(row.title),
    description: text(row.description),
  }));
  return { title: text(of.title), rows };
}
