/**
 * What may be sent as what, before a byte is uploaded. The server asks again, and by the bytes alone; here it is
 * about telling in time, and about pictures that can still be made fit.
 */
import type { MediaKind, Taken } from '$lib/api/types';
import { areTooMany, type Pixels } from './pixels';

export type Family = 'image' | 'video' | 'audio' | 'document';

/** Why a file cannot be sent. */
export type Refusal =
  | { code: 'empty' | 'broken' | 'damaged' | 'mismatch' }
  | { code: 'unreadable'; types: readonly string[] }
  | { code: 'pixels'; width: number; height: number }
  | { code: 'side'; max: number }
  | { code: 'type'; family: Family; types: readonly string[] }
  | { code: 'size'; family: Family; size: number; max: number };

/** Why a JPEG is made of a picture. */
export type Remade = 'type' | 'still' | 'size';

export type Verdict = { go: 'as_it_is' } | { go: 'remade'; why: Remade } | { go: 'not'; refusal: Refusal };

/** The pixels of a picture's longer side that Meta still reads. */
const LONGEST_SIDE = 16_384;
/** Files are never sent as these unasked: a voice note is recorded, and a sticker is nobody's photo. */
const NOT_CHOSEN = new Set<MediaKind>(['voice', 'sticker']);

/** Whether a file of this type and size may go, as it is or made anew. `side`: of a picture, in pixels. */
export function verdictOn(
  file: { type: string; size: number; side?: number },
  takes: readonly Taken[],
): Verdict {
  if (file.size === 0) return { go: 'not', refusal: { code: 'empty' } };
  const chosen = takes.filter(({ kind }) => !NOT_CHOSEN.has(kind));
  const family = familyOf(file.type);
  const taken = chosen.find(({ types }) => types.includes(file.type));
  if (family === 'image' && taken?.kind !== 'document' && jpegOf(chosen)) {
    if (!taken) return { go: 'remade', why: file.type === 'image/gif' ? 'still' : 'type' };
    const fits = file.size <= taken.max && (file.side ?? 0) <= LONGEST_SIDE;
    return fits ? { go: 'as_it_is' } : { go: 'remade', why: 'size' };
  }
  if (!taken) return { go: 'not', refusal: typeRefusal(family, chosen) };
  if (file.size <= taken.max) return { go: 'as_it_is' };
  return { go: 'not', refusal: { code: 'size', family, size: file.size, max: taken.max } };
}

/** What is taken of JPEG, which a browser can make of every picture that it can show. */
export function jpegOf(takes: readonly Taken[]): Taken | undefined {
  return takes.find(({ kind, types }) => kind === 'image' && types.includes('image/jpeg'));
}

/** That this type is not taken, and which types of its family are; of an unknown family, which documents. */
export function typeRefusal(family: Family, takes: readonly Taken[]): Refusal {
  return { code: 'type', family, types: typesOf(family, takes) };
}

function typesOf(family: Family, takes: readonly Taken[]): string[] {
  return takes.filter(({ kind }) => kind === family).flatMap(({ types }) => types);
}

/** What every browser shows. */
const SHOWN = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/bmp', 'image/svg+xml']);

/** Why a picture cannot be shown. `stated`: the size that its first bytes tell. */
export function unshown(type: string, stated: Pixels | undefined, takes: readonly Taken[]): Refusal {
  if (stated && areTooMany(stated)) return { code: 'pixels', ...stated };
  if (SHOWN.has(type)) return { code: 'damaged' };
  return { code: 'unreadable', types: typesOf('image', takes) };
}

export function familyOf(type: string): Family {
  const family = type.split('/')[0];
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'document';
}

const ENDINGS: Record<string, string> = {
  aac: 'audio/aac',
  amr: 'audio/amr',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  oga: 'audio/ogg',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  wav: 'audio/wav',
  mp4: 'video/mp4',
  '3gp': 'video/3gpp',
  mov: 'video/quicktime',
  webm: 'video/webm',
  heic: 'image/heic',
  heif: 'image/heic',
  txt: 'text/plain',
  csv: 'text/plain',
  log: 'text/plain',
  md: 'text/plain',
  pdf: 'application/pdf',
  doc: 'application/msword',
  xls: 'application/vnd.ms-excel',
  ppt: 'application/vnd.ms-powerpoint',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
};

/** What browsers call a type otherwise than the rest of the world. */
const ALIASES: Record<string, string> = {
  'audio/x-m4a': 'audio/mp4',
  'audio/mp3': 'audio/mpeg',
  'audio/x-aac': 'audio/aac',
  'audio/vnd.dlna.adts': 'audio/aac',
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/heif': 'image/heic',
  'video/3gpp2': 'video/3gpp',
  'video/x-m4v': 'video/mp4',
};

/** The type of a file: what its first bytes show, else what its name says, else what the system thinks. */
export function typeOf({ name, type }: { name: string; type: string }, head: Uint8Array): string {
  const ending = name.split('.').pop()?.toLowerCase() ?? '';
  const stated = type.split(';')[0]?.trim().toLowerCase() ?? '';
  return shownBy(head) ?? ENDINGS[ending] ?? ALIASES[stated] ?? (stated || 'application/octet-stream');
}

/** A picture's name, with the ending of what it is. */
export function pictureName(name: string, type: string): string {
  const fits = type === 'image/png' ? /\.png$/i : /\.jpe?g$/i;
  if (fits.test(name)) return name;
  const stem = name.replace(/\.[^.]*$/, '') || 'photo';
  return `${stem}.${type === 'image/png' ? 'png' : 'jpg'}`;
}

/** Pictures and films are often called by a name that is not theirs. */
function shownBy(head: Uint8Array): string | undefined {
  const text = String.fromCharCode(...head.subarray(0, 12));
  if (text.startsWith('\x89PNG')) return 'image/png';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('GIF8')) return 'image/gif';
  if (text.startsWith('%PDF')) return 'application/pdf';
  if (text.startsWith('RIFF') && text.endsWith('WEBP')) return 'image/webp';
  if (text.slice(4, 8) !== 'ftyp') return undefined;
  const brand = text.slice(8, 12);
  if (/^(he[iv]|mif1|msf1)/.test(brand)) return 'image/heic';
  if (brand === 'avif') return 'image/avif';
  if (brand === 'qt  ') return 'video/quicktime';
  return brand === 'M4A ' ? 'audio/mp4' : undefined;
}
