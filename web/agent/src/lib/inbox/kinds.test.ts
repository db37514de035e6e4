import { expect, it } from 'vitest';
import { kindDetail } from './kinds';

it('what is no text is told as far as words go', () => {
  const media = { type: 'media', kind: 'document', filename: 'factura.pdf', caption: null };
  for (const [kind, text, part, detail] of [
    ['document', null, media, 'factura.pdf'],
    ['document', 'See page 2', media, null],
    ['voice', null, { ...media, kind: 'voice', filename: null }, null],
    [
      'location',
      null,
      { type: 'location', name: 'Carrer de Sueca 41', address: '46006' },
      'Carrer de Sueca 41, 46006',
    ],
    ['location', null, { type: 'location', name: null, address: null }, null],
    ['reaction', null, { type: 'reaction', to: 'wamid.1', emoji: '👍' }, '👍'],
    ['unknown', null, { type: 'raw', name: 'mystery', json: {} }, null],
  ] as const) {
    expect(kindDetail({ kind, text, parts: [part] }), kind).toBe(detail);
  }
});
