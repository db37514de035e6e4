import { expect, test } from 'vitest';
import { placeOf, spotIn, writtenPlace, wrongOfPlace } from './place';

const VALENCIA = { latitude: 39.4699, longitude: -0.3763 };

test.each([
  '39.4699, -0.3763',
  '39.4699,-0.3763',
  ' (39.4699 -0.3763) ',
  '+39.4699; -0.3763',
  '39,4699; -0,3763',
  'geo:39.4699,-0.3763?z=17',
  'https://www.google.com/maps/@39.4699,-0.3763,17z',
  'https://www.google.com/maps/place/Casa+Turia/@39.1,-0.1,17z/data=!3m1!4b1!4m6!3m5!1s0xd!8m2!3d39.4699!4d-0.3763!16s',
  'https://maps.google.com/?q=39.4699,-0.3763',
  'https://www.google.com/maps/search/?api=1&query=39.4699%2C-0.3763',
  'https://maps.google.com/maps?q=loc:39.4699,-0.3763',
  'https://maps.apple.com/?ll=39.4699,-0.3763&q=Casa%20Turia',
  'https://www.openstreetmap.org/?mlat=39.4699&mlon=-0.3763#map=17/39.1/-0.1',
  'https://www.openstreetmap.org/#map=17/39.4699/-0.3763',
  'https://www.bing.com/maps?cp=39.4699~-0.3763',
])('%s is read as the place it is', (typed) => {
  expect(spotIn(typed)).toEqual(VALENCIA);
});

test.each(['', 'Casa Turia', '39.4699', '91, 0', '0, 181', 'https://casaturia.example/', '12:30, 14:00'])(
  '%s is no place',
  (typed) => {
    expect(spotIn(typed)).toBeUndefined();
  },
);

test('what is wrong is named, with the way out for a short link', () => {
  const wrong = (spot: string) => wrongOfPlace({ ...writtenPlace(), spot }).get('spot')?.code;
  expect(wrong(' ')).toBe('empty');
  expect(wrong('around the corner')).toBe('no_place');
  expect(wrong('https://maps.app.goo.gl/abc')).toBe('short_link');
  const name = 'x'.repeat(257);
  expect(wrongOfPlace({ spot: '0, 0', name, address: '' }).get('name')).toEqual({
    code: 'too_long',
    max: 256,
    length: 257,
  });
});

test('a place that came back is written as it was', () => {
  const place = { ...VALENCIA, name: 'Casa Turia', address: null };
  expect(placeOf(writtenPlace(place))).toEqual(place);
});
