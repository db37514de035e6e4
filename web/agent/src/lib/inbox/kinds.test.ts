import { beforeAll, expect, it } from 'vitest';
import { t, useLocale } from '$lib/i18n';
import { kindDetail, lineOf } from './kinds';
import { previewLine } from './preview';

beforeAll(() => useLocale('en'));

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

it("a notice is worded here, never with the provider's sentence", () => {
  const sentence = 'User Lucía changed from 34600000001 to 34600000077';
  const notice = (type: string) => [{ type: 'raw', name: 'system', json: { type, body: sentence } }];
  const line = (type: string) => lineOf({ kind: 'system', parts: notice(type) })?.label;
  expect(line('customer_identity_changed')).toBe('notice.customer_identity_changed');
  expect(line('user_changed_number')).toBe('notice.user_changed_number');
  expect(line('a_type_of_next_year')).toBe('kind.system');

  const preview = {
    direction: 'in',
    kind: 'system',
    text: sentence,
    about: null,
    agent_id: null,
    delivery: null,
  } as const;
  const people = { agentId: 'me', agent: () => undefined };
  expect(previewLine(preview, people)?.text).toBe(t('kind.system'));
});
