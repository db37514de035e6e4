import type { Media } from '$lib/api/types';
import { previewOf } from '$lib/files/previews';
import { locale, t } from '$lib/i18n';
import { kindLine } from './kinds';

/** How a file is shown in its bubble. */
export type MediaForm = 'picture' | 'film' | 'sound' | 'file' | 'waiting' | 'missing';

/** A file is shown as what its bytes are, whatever it was sent as. */
export function mediaForm(media: Media): MediaForm {
  if (media.state !== 'stored') return media.state;
  const mime = media.mime ?? '';
  if (mime.startsWith('image/') && media.preview) return 'picture';
  if (mime === 'video/mp4' || mime === 'video/webm' || mime === 'video/3gpp') return 'film';
  if (mime.startsWith('audio/') && mime !== 'audio/amr') return 'sound';
  return 'file';
}

/** What can run something is called what it is, whatever its name says. */
const PAGES: Record<string, string> = { 'text/html': 'HTML', 'text/xml': 'XML', 'image/svg+xml': 'SVG' };

/** Why a file that is here is not shown as what it was sent as. */
export type NotShown = 'unsafe' | 'too_large' | 'damaged' | 'type';

/** The reason, if a file that should be seen is only to be saved. */
export function notShown(media: Media): NotShown | undefined {
  if (mediaForm(media) !== 'file') return undefined;
  if (media.reason === 'picture_too_large') return 'too_large';
  if (media.reason === 'picture_damaged') return 'damaged';
  if (media.reason === 'picture_type') return 'type';
  const sentAs = { image: 'image/', sticker: 'image/', video: 'video/' }[media.kind as string];
  if (sentAs === undefined) return undefined;
  const { mime } = media;
  return mime !== null && mime.startsWith(sentAs) && !(mime in PAGES) ? 'type' : 'unsafe';
}

/** What a file is called: by its name, else by its kind. What is not what it was sent as is only a document. */
export function fileName(media: Media): string {
  const kind = notShown(media) === 'unsafe' ? 'document' : media.kind;
  return media.name ?? t(kindLine(kind)?.label ?? 'kind.document');
}

/** Where the bytes of a file are; `preview` is a small picture of it, `download` is to be saved. */
export function mediaUrl(workspace: string, media: Media, as?: 'preview' | 'download'): string {
  const here = as === 'download' ? undefined : previewOf(media.id);
  if (here !== undefined) return here;
  const query = as === undefined ? '' : `?${as}=true`;
  return `/api/v1/workspaces/${workspace}/media/${media.id}${query}`;
}

/** The size that keeps a picture's place until it is there: at most 280 wide and 320 high. */
export function pictureSize({ width, height }: Media): { width: number; height: number } {
  const [w, h] = [width ?? 280, height ?? 210];
  const scale = Math.min(1, 280 / w, 320 / h);
  return { width: Math.max(1, Math.round(w * scale)), height: Math.max(1, Math.round(h * scale)) };
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** 512 bytes, 184 kB, 6.2 MB */
export function fileSize(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1_000)));
  const value = bytes / 1_000 ** step;
  const format = new Intl.NumberFormat(locale(), {
    style: 'unit',
    unit: UNITS[step],
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && step > 0 ? 1 : 0,
  });
  return format.format(value);
}

/** What types are called that people know by another word, or by none. */
const TYPES: Record<string, string> = { stream: '', plain: 'txt', mpeg: 'mp3', jpeg: 'jpg', heif: 'heic' };

/** What a file's name ends in, for people: PDF. Without a name, what its type is called. */
export function fileType({ name, mime }: Media): string {
  const page = PAGES[mime ?? ''];
  if (page !== undefined) return page;
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name ?? '')?.[1] ?? mime?.split('/')[1]?.split(/[.+-]/).pop();
  return (TYPES[ending ?? ''] ?? ending ?? '').toUpperCase();
}

/** 0:21 */
export function playTime(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.floor(seconds) : 0;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** Why a sound or a film does not play: browsers tell no difference between what did not come and what they cannot. */
export async function whyUnplayed(url: string): Promise<'not_loaded' | 'cannot_play'> {
  if (url.startsWith('blob:')) return 'cannot_play';
  const came = await fetch(url, { method: 'HEAD' }).then(
    ({ ok }) => ok,
    () => false,
  );
  return came ? 'cannot_play' : 'not_loaded';
}
