import { expect, it } from 'vitest';
import { media } from '$lib/inbox/sample.test-data';
import { LONGEST_CAPTION, pieces } from './pieces';

const photo = media({ id: 'med_1', kind: 'image' });
const invoice = media({ id: 'med_2', kind: 'document' });
const voice = media({ id: 'med_3', kind: 'voice' });

it.each([
  ['a text', 'Hola', [], [['Hola', undefined]]],
  ['nothing', '', [], []],
  ['a photo', '', [photo], [['', 'med_1']]],
  ['the text under the photo', 'Hola', [photo], [['Hola', 'med_1']]],
  [
    'the text under the first only',
    'Hola',
    [photo, invoice],
    [
      ['Hola', 'med_1'],
      ['', 'med_2'],
    ],
  ],
  [
    'the text under the first that can have one',
    'Hola',
    [voice, invoice],
    [
      ['', 'med_3'],
      ['Hola', 'med_2'],
    ],
  ],
  [
    'the text before what can have none',
    'Hola',
    [voice],
    [
      ['Hola', undefined],
      ['', 'med_3'],
    ],
  ],
] as const)('sends %s', (_, text, files, expected) => {
  expect(pieces(text, files).map((piece) => [piece.text, piece.file?.id])).toEqual(expected);
});

it('sends a text that is too long for a caption before its file', () => {
  const fits = '😀'.repeat(LONGEST_CAPTION);
  expect(pieces(fits, [photo])).toEqual([{ text: fits, file: photo }]);
  const long = `${fits}.`;
  expect(pieces(long, [photo])).toEqual([{ text: long }, { text: '', file: photo }]);
});
