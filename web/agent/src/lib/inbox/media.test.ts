import { beforeAll, expect, it, vi } from 'vitest';
import type { Media } from '$lib/api/types';
import { useLocale } from '$lib/i18n';
import {
  fileName,
  fileSize,
  fileType,
  mediaForm,
  mediaUrl,
  notShown,
  pictureSize,
  playTime,
  whyUnplayed,
} from './media';

beforeAll(() => useLocale('en'));

function media(about: Partial<Media>): Media {
  return {
    id: 'med_1',
    kind: 'image',
    state: 'stored',
    reason: null,
    name: null,
    mime: null,
    size: null,
    width: null,
    height: null,
    preview: false,
    ...about,
  };
}

it('a file is shown as what its bytes are', () => {
  for (const [about, form] of [
    [{ mime: 'image/jpeg', preview: true }, 'picture'],
    [{ kind: 'document', mime: 'image/png', preview: true }, 'picture'],
    [{ mime: 'image/jpeg' }, 'file'],
    [{ mime: 'text/plain' }, 'file'],
    [{ mime: 'video/mp4' }, 'film'],
    [{ mime: 'video/quicktime' }, 'file'],
    [{ mime: 'audio/ogg' }, 'sound'],
    [{ mime: 'audio/amr' }, 'file'],
    [{ mime: 'image/jpeg', state: 'waiting' }, 'waiting'],
    [{ state: 'missing' }, 'missing'],
  ] as [Partial<Media>, string][]) {
    expect(mediaForm(media(about)), JSON.stringify(about)).toBe(form);
  }
});

it('what is not shown says whether it is unsafe, too large, damaged or of another type', () => {
  for (const [about, why] of [
    [{ mime: 'image/png', preview: true }, undefined],
    [{ mime: 'image/png', reason: 'picture_too_large' }, 'too_large'],
    [{ mime: 'image/jpeg', reason: 'picture_damaged' }, 'damaged'],
    [{ kind: 'document', mime: 'image/heif', reason: 'picture_type' }, 'type'],
    [{ mime: 'text/html' }, 'unsafe'],
    [{ mime: 'image/svg+xml' }, 'unsafe'],
    [{ kind: 'video', mime: 'application/x-executable' }, 'unsafe'],
    [{ kind: 'video', mime: 'video/quicktime' }, 'type'],
    [{ kind: 'document', mime: 'application/pdf' }, undefined],
    [{ state: 'missing', reason: 'gone' }, undefined],
  ] as [Partial<Media>, string | undefined][]) {
    expect(notShown(media(about)), JSON.stringify(about)).toBe(why);
  }
  expect(fileName(media({ mime: 'image/png' }))).toBe('Photo');
  expect(fileName(media({ mime: 'text/html' }))).toBe('Document');
  expect(fileName(media({ name: 'a.png', mime: 'text/html' }))).toBe('a.png');
});

it('a picture keeps its shape in the place that is kept for it', () => {
  expect(pictureSize(media({ width: 100, height: 50 }))).toEqual({ width: 100, height: 50 });
  expect(pictureSize(media({ width: 2800, height: 2100 }))).toEqual({ width: 280, height: 210 });
  expect(pictureSize(media({ width: 100, height: 6400 }))).toEqual({ width: 5, height: 320 });
  expect(pictureSize(media({ width: 1, height: 16000 }))).toEqual({ width: 1, height: 320 });
});

it('sizes, types and times are written for people', () => {
  expect([0, 1, 999, 184_000, 6_240_000, 2_000_000_000].map(fileSize)).toEqual([
    '0 bytes',
    '1 byte',
    '999 bytes',
    '184 kB',
    '6.2 MB',
    '2 GB',
  ]);
  expect(fileType(media({ name: 'factura-CT-2841.pdf', mime: 'application/pdf' }))).toBe('PDF');
  expect(fileType(media({ mime: 'audio/amr' }))).toBe('AMR');
  expect(fileType(media({ name: 'factura.pdf', mime: 'text/html' }))).toBe('HTML');
  expect(fileType(media({ name: 'notes', mime: 'application/octet-stream' }))).toBe('');
  expect([0, 21.9, 61, NaN, Infinity].map(playTime)).toEqual(['0:00', '0:21', '1:01', '0:00', '0:00']);
});

it('a file is asked for in its workspace', () => {
  expect(mediaUrl('wsp_1', media({}), 'preview')).toBe('/api/v1/workspaces/wsp_1/media/med_1?preview=true');
});

it.each([
  ['what did not come is told as that', () => Promise.reject(new TypeError('offline')), 'not_loaded'],
  [
    'what came broken is told as that',
    () => Promise.resolve(new Response(null, { status: 200 })),
    'cannot_play',
  ],
])('%s', async (_, answer, why) => {
  vi.stubGlobal('fetch', answer);
  expect(await whyUnplayed('/media')).toBe(why);
  vi.unstubAllGlobals();
});
