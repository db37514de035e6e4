import { describe, expect, it } from 'vitest';
import type { Taken } from '$lib/api/types';
import { pictureName, typeOf, unshown, verdictOn } from './check';

const MB = 1_048_576;
const whatsapp: Taken[] = [
  { kind: 'image', types: ['image/jpeg', 'image/png'], max: 5 * MB },
  { kind: 'video', types: ['video/mp4', 'video/3gpp'], max: 16 * MB },
  { kind: 'audio', types: ['audio/aac', 'audio/ogg'], max: 16 * MB },
  { kind: 'document', types: ['application/pdf', 'text/plain'], max: 100 * MB },
  { kind: 'sticker', types: ['image/webp'], max: 100_000 },
];

describe('what is chosen', () => {
  it.each([
    ['a photo', { type: 'image/jpeg', size: MB, side: 4_000 }],
    ['a photo as large as can be', { type: 'image/png', size: 5 * MB, side: 16_384 }],
    ['a film', { type: 'video/mp4', size: 16 * MB }],
    ['a song', { type: 'audio/aac', size: 1 }],
    ['an invoice', { type: 'application/pdf', size: 100 * MB }],
  ])('goes as it is: %s', (_, file) => {
    expect(verdictOn(file, whatsapp)).toEqual({ go: 'as_it_is' });
  });

  it.each([
    ['a sticker’s type, which is no photo', { type: 'image/webp', size: 1_000 }, 'type'],
    ['what phones take photos in', { type: 'image/heic', size: MB }, 'type'],
    ['what moves', { type: 'image/gif', size: MB }, 'still'],
    ['a byte too many', { type: 'image/jpeg', size: 5 * MB + 1, side: 4_000 }, 'size'],
    ['a pixel too many', { type: 'image/png', size: MB, side: 16_385 }, 'size'],
  ])('is made anew: %s', (_, file, why) => {
    expect(verdictOn(file, whatsapp)).toEqual({ go: 'remade', why });
  });

  it.each([
    ['nothing in it', { type: 'application/pdf', size: 0 }, { code: 'empty' }],
    [
      'another kind of film',
      { type: 'video/quicktime', size: MB },
      { code: 'type', family: 'video', types: ['video/mp4', 'video/3gpp'] },
    ],
    [
      'a program',
      { type: 'application/zip', size: MB },
      { code: 'type', family: 'document', types: ['application/pdf', 'text/plain'] },
    ],
    [
      'a long film',
      { type: 'video/mp4', size: 16 * MB + 1 },
      { code: 'size', family: 'video', size: 16 * MB + 1, max: 16 * MB },
    ],
  ])('does not go: %s', (_, file, refusal) => {
    expect(verdictOn(file, whatsapp)).toEqual({ go: 'not', refusal });
  });

  it('is not made a JPEG for a channel that takes no pictures', () => {
    const texts = whatsapp.filter(({ kind }) => kind === 'document');
    const refusal = { code: 'type', family: 'image', types: [] };
    expect(verdictOn({ type: 'image/webp', size: 1 }, texts)).toEqual({ go: 'not', refusal });
  });
});

it.each([
  ['a damaged PNG', 'image/png', { width: 900, height: 600 }, { code: 'damaged' }],
  ['a damaged WebP', 'image/webp', undefined, { code: 'damaged' }],
  [
    'a PNG of a poster',
    'image/png',
    { width: 40_000, height: 900 },
    { code: 'pixels', width: 40_000, height: 900 },
  ],
  [
    'a kind of a phone’s',
    'image/heic',
    undefined,
    { code: 'unreadable', types: ['image/jpeg', 'image/png'] },
  ],
])('a picture that cannot be shown says why: %s', (_, type, stated, refusal) => {
  expect(unshown(type, stated, whatsapp)).toEqual(refusal);
});

describe('the type of a file', () => {
  const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

  it.each([
    ['a WebP that is called a JPEG', 'foto.jpg', 'image/jpeg', 'RIFF....WEBPVP8 ', 'image/webp'],
    ['a photo of a phone', 'IMG_1.JPG', 'image/jpeg', '....ftypheic', 'image/heic'],
    ['a film of a phone', 'IMG_2.mp4', 'video/mp4', '....ftypqt  ', 'video/quicktime'],
    ['a JPEG without a name for it', 'foto', '', '\xff\xd8\xff\xe0', 'image/jpeg'],
  ])('is what its bytes show: %s', (_, name, type, head, shown) => {
    expect(typeOf({ name, type }, bytes(head))).toBe(shown);
  });

  it('is what its name says where the system knows none, or another', () => {
    const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
    expect(typeOf({ name: 'Oferta.DOCX', type: '' }, bytes('PK'))).toBe(docx);
    expect(typeOf({ name: 'voz.m4a', type: 'audio/x-m4a' }, bytes(''))).toBe('audio/mp4');
  });

  it('is what the system says of other names', () => {
    expect(typeOf({ name: 'sin-nombre', type: 'audio/x-m4a' }, bytes(''))).toBe('audio/mp4');
    expect(typeOf({ name: 'notes', type: 'text/plain; charset=utf-8' }, bytes('a'))).toBe('text/plain');
    expect(typeOf({ name: 'x.bin', type: '' }, bytes('a'))).toBe('application/octet-stream');
  });
});

it('a picture is called by its own type', () => {
  expect(pictureName('foto.JPEG', 'image/jpeg')).toBe('foto.JPEG');
  expect(pictureName('captura.de.pantalla.webp', 'image/jpeg')).toBe('captura.de.pantalla.jpg');
  expect(pictureName('foto.jpg', 'image/png')).toBe('foto.png');
  expect(pictureName('.webp', 'image/jpeg')).toBe('photo.jpg');
});
