import { expect, it } from 'vitest';
import { blank, composedOf, interactiveOf, wrongOf, type Composed } from './interactive';
import type { Interactive } from './parts';

const row = (title: string) => ({ title, description: '' });
const titles = (...all: string[]) => all.map((title) => ({ title }));
const rows = (count: number) => Array.from({ length: count }, (_, index) => row(`Row ${index}`));

it.each<[string, Composed['type'], Partial<Composed>, Record<string, string>]>([
  ['three buttons', 'buttons', { buttons: titles('a', 'b', 'c') }, {}],
  ['a button without words', 'buttons', { buttons: titles('a', ' ') }, { 'buttons[1]': 'empty' }],
  ['the same twice', 'buttons', { buttons: titles('a', ' a ') }, { 'buttons[1]': 'twice' }],
  ['a long button', 'buttons', { buttons: titles('ñ'.repeat(21)) }, { 'buttons[0]': 'too_long' }],
  ['an emoji is one character', 'buttons', { buttons: titles('👍'.repeat(20)) }, {}],
  ['no text', 'buttons', { text: ' ', buttons: titles('a') }, { text: 'empty' }],
  ['a long text', 'buttons', { text: 'x'.repeat(1_025), buttons: titles('a') }, { text: 'too_long' }],
  ['a long line above', 'buttons', { header: 'x'.repeat(61), buttons: titles('a') }, { header: 'too_long' }],
  ['a list', 'list', { text: 'x'.repeat(1_025), button: 'b', sections: [{ title: '', rows: rows(10) }] }, {}],
  ['too many rows', 'list', { button: 'b', sections: [{ title: '', rows: rows(11) }] }, { rows: 'rows' }],
  [
    'the title of an only section, which is not shown',
    'list',
    { button: 'b', sections: [{ title: 'x'.repeat(25), rows: rows(1) }] },
    {},
  ],
  [
    'two sections need titles',
    'list',
    {
      button: '',
      sections: [
        { title: 'A', rows: rows(1) },
        { title: '', rows: [row('')] },
      ],
    },
    { button: 'empty', 'sections[1].title': 'empty', 'sections[1].rows[0].title': 'empty' },
  ],
  ['a page', 'link', { label: 'See', url: 'https://example.com/a' }, {}],
  ['no page', 'link', { label: 'See', url: 'javascript:alert(1)' }, { url: 'no_url' }],
  ['a question for the place', 'location', { header: 'x'.repeat(99) }, {}],
])('%s', (_, type, about, expected) => {
  const wrong = wrongOf({ ...blank(type, 'Which?'), ...about });
  expect(Object.fromEntries([...wrong].map(([field, { code }]) => [field, code]))).toEqual(expected);
});

it('what is empty is not sent', () => {
  const composed = { ...blank('buttons', 'Which?'), header: ' ', footer: ' Bye ', buttons: titles(' Yes ') };
  expect(interactiveOf(composed)).toEqual({
    header: null,
    footer: 'Bye',
    offer: { type: 'buttons', buttons: ['Yes'] },
  });
  expect(interactiveOf({ ...composed, type: 'location' })).toEqual({
    header: null,
    footer: null,
    offer: { type: 'location' },
  });
});

it.each<Interactive>([
  { header: 'Delivery', footer: null, offer: { type: 'buttons', buttons: ['Yes', 'No'] } },
  { header: null, footer: 'Bye', offer: { type: 'link', label: 'See', url: 'https://example.com/a' } },
  { header: null, footer: null, offer: { type: 'location' } },
  {
    header: null,
    footer: null,
    offer: {
      type: 'list',
      button: 'Days',
      sections: [{ title: null, rows: [{ title: 'Friday', description: null }] }],
    },
  },
])('what comes back is composed as it was: $offer.type', (interactive) => {
  expect(interactiveOf(composedOf(interactive, 'Which?'))).toEqual(interactive);
});
