import { describe, expect, it } from 'vitest';
import { around, content, taps, wordsOf } from './content';
import { file, message } from './sample.test-data';

const interactive = (payload: unknown, text: string | null = null) =>
  message({ type: 'interactive', payload, text });

describe('what a bubble draws', () => {
  const photo = file('image/jpeg');

  it.each([
    ['text', { body: 'Hola' }, { shape: 'words' }],
    [
      'location',
      { latitude: '39.4', longitude: -0.3 },
      { shape: 'place', name: '', address: '', at: '39.4, -0.3' },
    ],
    [
      'contacts',
      [{ name: { formatted_name: 'Ana' }, phones: [{ phone: '+34 600' }, { wa_id: '34601' }] }, {}],
      {
        shape: 'cards',
        cards: [
          { name: 'Ana', phones: ['+34 600', '34601'] },
          { name: '', phones: [] },
        ],
      },
    ],
    [
      'order',
      {
        product_items: [
          { quantity: 2, item_price: 90.5, currency: 'EUR' },
          { quantity: 1, item_price: 1 },
        ],
      },
      { shape: 'order', items: 3, total: '182.00 EUR' },
    ],
    ['system', { body: 'Vera changed' }, { shape: 'line', text: 'Vera changed' }],
    ['request_welcome', null, { shape: 'line', text: '' }],
    ['unsupported', null, { shape: 'other' }],
    ['toString', null, { shape: 'other' }],
  ])('%s', (type, payload, drawn) => {
    expect(content(message({ type, payload }))).toEqual(drawn);
  });

  it.each([
    ['image', {}, 'image', 'a b.ogg'],
    ['audio', { voice: true }, 'voice', ''],
    ['audio', { voice: false }, 'audio', ''],
    ['document', { filename: 'factura.pdf' }, 'document', 'factura.pdf'],
    ['sticker', null, 'sticker', 'a b.ogg'],
  ])('a file as %s', (type, payload, kind, name) => {
    const drawn = content(message({ type, payload, file: photo }));
    expect(drawn).toEqual({ shape: 'media', kind, file: photo, name });
  });

  it('the file above buttons', () => {
    const payload = { type: 'button', header: { type: 'image', image: { id: '7' } } };
    expect(content({ ...interactive(payload), file: photo })).toMatchObject({
      shape: 'media',
      kind: 'image',
    });
    expect(content(interactive({ type: 'button', header: { type: 'text', text: 'Hola' } }))).toEqual({
      shape: 'words',
    });
  });

  it.each([
    [
      '{"flow_token":"t","day":"Mon","people":2}',
      [
        ['day', 'Mon'],
        ['people', '2'],
      ],
    ],
    ['["a"]', []],
    ['no JSON', []],
  ])('the answers of a form: %s', (response_json, answers) => {
    const payload = { type: 'nfm_reply', nfm_reply: { response_json } };
    expect(content(interactive(payload))).toEqual({ shape: 'form', answers });
  });
});

describe('the words of a message', () => {
  it('are its text, its caption or what was tapped on', () => {
    expect(wordsOf(message({ text: 'Hola' }))).toBe('Hola');
    expect(wordsOf(message({ type: 'button', payload: { text: 'Sí', payload: 'yes' } }))).toBe('Sí');
    expect(wordsOf(interactive({ type: 'button_reply', button_reply: { id: '1', title: 'Sí' } }))).toBe('Sí');
    const row = { id: '1', title: '9:00', description: 'Primera ruta' };
    expect(wordsOf(interactive({ type: 'list_reply', list_reply: row }))).toBe('9:00\nPrimera ruta');
    expect(wordsOf(interactive({ type: 'list', body: { text: '¿Cuándo?' } }))).toBe('¿Cuándo?');
    expect(wordsOf(interactive(null))).toBe('');
  });

  it('have a header and a footer around them', () => {
    const payload = { header: { type: 'text', text: 'Entrega' }, footer: { text: 'Casa Turia' } };
    expect(around(interactive(payload))).toEqual({ header: 'Entrega', footer: 'Casa Turia' });
    expect(around(message({ payload }))).toEqual({ header: '', footer: '' });
  });
});

describe('what can be tapped on', () => {
  it.each([
    [
      { type: 'button', action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Sí' } }] } },
      [{ kind: 'reply', id: 'y', title: 'Sí' }],
    ],
    [
      { type: 'list', action: { button: 'Ver', sections: [{ rows: [{ id: '9', title: '9:00' }] }] } },
      [
        {
          kind: 'list',
          title: 'Ver',
          sections: [{ title: '', rows: [{ id: '9', title: '9:00', description: '' }] }],
        },
      ],
    ],
    [
      { type: 'cta_url', action: { parameters: { display_text: 'Abrir', url: 'https://a.example/' } } },
      [{ kind: 'link', title: 'Abrir', url: 'https://a.example/' }],
    ],
    [
      { type: 'flow', action: { parameters: { flow_cta: 'Pedir cita', flow_token: 't' } } },
      [{ kind: 'form', title: 'Pedir cita', token: 't' }],
    ],
    [{ type: 'location_request_message' }, [{ kind: 'place' }]],
    [{ type: 'request_contact_info' }, [{ kind: 'number' }]],
    [{ type: 'carousel' }, []],
    [null, []],
  ])('%o', (payload, expected) => {
    expect(taps(interactive(payload))).toEqual(expected);
    expect(taps({ ...interactive(payload), from: 'customer' })).toEqual([]);
  });
});
