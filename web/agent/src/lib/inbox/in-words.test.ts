import { expect, it } from 'vitest';
import { inWords } from './in-words';
import type { Carried, ContactCard, Offer } from './parts';

const MARTA: ContactCard = {
  name: 'Marta',
  phones: [{ value: '+34 600 000 001', label: null }],
  emails: [{ value: 'marta@example.com', label: null }],
  urls: [],
  addresses: [],
  company: 'Forn',
  title: 'Baker',
  birthday: null,
};

const offering = (offer: Offer): Carried => ({
  interactive: { header: 'Delivery', footer: 'Thanks', offer },
});

it.each<[string, Carried, string]>([
  [
    'a place',
    { location: { latitude: 39.47, longitude: -0.376, name: 'Casa Turia', address: null } },
    'Casa Turia\n39.47, -0.376',
  ],
  ['a card', { contacts: [MARTA] }, 'Marta\nBaker\nForn\n+34 600 000 001\nmarta@example.com'],
  ['buttons', offering({ type: 'buttons', buttons: ['Monday'] }), 'Delivery\nWhen?\n- Monday\nThanks'],
  [
    'a list',
    offering({
      type: 'list',
      button: 'Days',
      sections: [{ title: 'Week', rows: [{ title: 'Monday', description: 'before noon' }] }],
    }),
    'Delivery\nWhen?\nWeek\n- Monday: before noon\nThanks',
  ],
  [
    'a link',
    offering({ type: 'link', label: 'Track', url: 'https://example.com' }),
    'Delivery\nWhen?\nTrack: https://example.com\nThanks',
  ],
  ['a question for the place', offering({ type: 'location' }), 'Delivery\nWhen?\nThanks'],
])('%s reads as the server has it', (_, carried, words) => {
  expect(inWords({ text: 'When?', ...carried })).toBe(words);
});
