import { expect, test } from 'vitest';
import { cardOf, writtenCard, wrongOfCard } from './card';

const MARTA = {
  ...writtenCard(),
  name: ' Marta Soler ',
  phones: [{ value: '+34 600 000 001' }, { value: ' ' }],
};

test('a card names somebody and says how to reach them', () => {
  expect([...wrongOfCard(MARTA)]).toEqual([]);
  expect(wrongOfCard({ ...MARTA, name: ' ' }).get('name')).toEqual({ code: 'empty' });
  expect(wrongOfCard({ ...MARTA, phones: [{ value: '' }] }).get('phones[0]')).toEqual({
    code: 'unreachable',
  });
  expect([...wrongOfCard({ ...MARTA, phones: [{ value: '' }], email: 'marta@casaturia.example' })]).toEqual(
    [],
  );
  const company = 'x'.repeat(300);
  expect(wrongOfCard({ ...MARTA, company }).get('company')).toEqual({
    code: 'too_long',
    max: 256,
    length: 300,
  });
});

test('what is sent has no blank lines, and comes back as it was written', () => {
  const card = cardOf(MARTA);
  expect(card).toMatchObject({ name: 'Marta Soler', phones: [{ value: '+34 600 000 001' }], emails: [] });
  expect(cardOf(writtenCard(card))).toEqual(card);
});
