import { describe, expect, it } from 'vitest';
import {
  cardLetter,
  choice,
  fileLetter,
  formAnswer,
  placeLetter,
  reaction,
  revocation,
  typeOf,
  words,
  wrongCard,
  wrongPlace,
} from './letters';
import { file, message } from './sample.test-data';

const asked = message({ id: 'wamid.7' });

describe('what a customer sends', () => {
  it('are words, an answer, or the new text of a message', () => {
    expect(words('Hola', null)).toEqual({ type: 'text', text: 'Hola' });
    expect(words('Hola', { how: 'reply', message: asked })).toEqual({
      type: 'text',
      text: 'Hola',
      reply_to: 'wamid.7',
    });
    expect(words('Hola', { how: 'edit', message: asked })).toEqual({
      type: 'edit',
      payload: { original_message_id: 'wamid.7', message: { type: 'text', text: { body: 'Hola' } } },
    });
    expect(revocation(asked)).toEqual({ type: 'revoke', payload: { original_message_id: 'wamid.7' } });
  });

  it('is a reaction, and without an emoji its end', () => {
    expect(reaction(asked, '👍').payload).toEqual({ message_id: 'wamid.7', emoji: '👍' });
    expect(reaction(asked, null).payload).toEqual({ message_id: 'wamid.7' });
  });

  it.each([
    ['photo', 'image/jpeg', { type: 'image', file: '7', caption: 'Mira' }],
    ['photo', 'image/webp', { type: 'sticker', file: '7' }],
    ['photo', 'video/mp4', { type: 'video', file: '7', caption: 'Mira' }],
    ['photo', 'image/svg+xml', { type: 'document', file: '7', caption: 'Mira' }],
    ['document', 'image/jpeg', { type: 'document', file: '7', caption: 'Mira' }],
    ['voice', 'audio/ogg; codecs=opus', { type: 'audio', file: '7', voice: true }],
    ['voice', 'audio/mpeg', { type: 'audio', file: '7', voice: false }],
  ] as const)('is a file picked as %s of type %s', (picked, type, letter) => {
    expect(fileLetter(picked, file(type), 'Mira', null)).toEqual(letter);
    const replying = fileLetter(picked, file(type), '', { how: 'reply', message: asked });
    expect(replying).toMatchObject({ reply_to: 'wamid.7' });
    expect(replying.caption).toBeUndefined();
  });

  it('says how a voice note is coded', () => {
    expect(typeOf({ type: 'audio/ogg' })).toBe('audio/ogg; codecs=opus');
    expect(typeOf({ type: 'image/png' })).toBe('image/png');
    expect(typeOf({ type: '' })).toBe('application/octet-stream');
  });

  it('is a choice among buttons or rows', () => {
    expect(choice(asked, { kind: 'reply', id: 'y', title: 'Sí' })).toEqual({
      type: 'interactive',
      payload: { type: 'button_reply', button_reply: { id: 'y', title: 'Sí' } },
      reply_to: 'wamid.7',
    });
    expect(choice(asked, { id: '9', title: '9:00', description: '' }).payload).toEqual({
      type: 'list_reply',
      list_reply: { id: '9', title: '9:00' },
    });
  });

  it('is a form with its token', () => {
    const { payload } = formAnswer(asked, 't', 'Hecho') as {
      payload: { nfm_reply: { response_json: string } };
    };
    expect(JSON.parse(payload.nfm_reply.response_json)).toEqual({ flow_token: 't', answer: 'Hecho' });
  });

  it('is a place in degrees', () => {
    const typed = { latitude: ' 39,5', longitude: '-0.3', name: 'Casa', address: ' ' };
    expect(wrongPlace(typed)).toEqual([]);
    expect(placeLetter(typed, asked)).toEqual({
      type: 'location',
      payload: { latitude: 39.5, longitude: -0.3, name: 'Casa' },
      reply_to: 'wamid.7',
    });
    expect(wrongPlace({ ...typed, latitude: '91', longitude: '' })).toEqual(['latitude', 'longitude']);
  });

  it('is a card, or the answer to who asked for the number', () => {
    const typed = { name: ' Ana María Gil ', phone: '+34 600 00-12.34' };
    expect(wrongCard(typed)).toEqual([]);
    const phones = [{ phone: '+34600001234', wa_id: '34600001234', type: 'CELL' }];
    expect(cardLetter(typed, null)).toEqual({
      type: 'contacts',
      payload: [
        {
          name: { formatted_name: 'Ana María Gil', first_name: 'Ana', last_name: 'María Gil' },
          phones,
          origin: 'other',
        },
      ],
    });
    expect(cardLetter(typed, asked)).toEqual({
      type: 'contacts',
      payload: [{ origin: 'contact_request', phones }],
      reply_to: 'wamid.7',
    });
    expect(wrongCard({ name: ' ', phone: '12' })).toEqual(['name', 'phone']);
  });
});
