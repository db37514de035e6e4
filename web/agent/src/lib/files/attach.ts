/** What becomes of a file that an agent attaches. Loaded with the first. */
import { upload } from '$lib/api/upload';
import { isProblem, type Problem } from '$lib/api/problem';
import type { Taken } from '$lib/api/types';
import { t } from '$lib/i18n';
import { toast } from '$lib/toasts.svelte';
import {
  familyOf,
  jpegOf,
  pictureName,
  typeOf,
  typeRefusal,
  unshown,
  verdictOn,
  type Refusal,
} from './check';
import { asJpeg, pixelsOf } from './jpeg';
import { statedIn } from './pixels';
import { keepPreview } from './previews';
import type { Attached, Tray } from './tray.svelte';

/** So many files are uploaded at once; the others wait. */
const LANES = 3;
/** So many bytes tell what a file is, and of a picture how large. */
const HEAD = 65_536;
const waiting: (() => void)[] = [];
let taken = 0;
let onTheirWay = 0;

/** Checks a file, makes it fit where that can be done, and uploads it. */
export async function bring(item: Attached, tray: Tray): Promise<void> {
  onTheirWay += 1;
  addEventListener('beforeunload', holdPage);
  try {
    const refusal = item.voice ? undefined : await fit(item, await tray.takes());
    if (refusal) tray.end(item, { is: 'refused', refusal });
    else await uploaded(item, tray);
  } catch (thrown) {
    if (item.unwanted.aborted) return;
    if (!isProblem(thrown)) throw thrown;
    const refusal = await refusalOf(thrown, item, tray);
    tray.end(item, refusal ? { is: 'refused', refusal } : { is: 'failed', problem: thrown });
  } finally {
    onTheirWay -= 1;
    if (onTheirWay === 0) removeEventListener('beforeunload', holdPage);
  }
}

/** More files were chosen than fit. */
export function tellTooMany(max: number): void {
  toast(t('files.too_many', { max }));
}

/** Why it cannot be sent, after all that can be done for it. */
async function fit(item: Attached, takes: readonly Taken[]): Promise<Refusal | undefined> {
  const { file } = item;
  if (!file) return { code: 'broken' };
  const head = await headOf(file);
  if (!head) return { code: 'broken' };
  const type = typeOf(file, head);
  const isPicture = familyOf(type) === 'image';
  const pixels = isPicture ? await pixelsOf(file) : undefined;
  const side = pixels && Math.max(pixels.width, pixels.height);
  const verdict = verdictOn({ type, size: file.size, ...(side === undefined ? {} : { side }) }, takes);
  if (verdict.go === 'not') return verdict.refusal;
  if (isPicture && !pixels) return unshown(type, statedIn(head), takes);
  if (verdict.go === 'as_it_is') return goesAsItIs(item, type);
  const max = jpegOf(takes)?.max ?? 0;
  const made = await asJpeg(file, max);
  if (!made) return pixels ? { code: 'pixels', ...pixels } : { code: 'damaged' };
  item.file = made;
  item.remade = verdict.why;
  return undefined;
}

/** A picture that is called by another type's name gets its own. */
function goesAsItIs(item: Attached, type: string): undefined {
  const { file } = item;
  if (file && familyOf(type) === 'image')
    item.file = new File([file], pictureName(file.name, type), { type });
}

/** Undefined where nothing can be read: a folder, or a file that is gone. */
async function headOf(file: File): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  } catch {
    return undefined;
  }
}

async function uploaded(item: Attached, tray: Tray): Promise<void> {
  item.progress = { is: 'waiting' };
  await lane();
  try {
    const { file, unwanted } = item;
    if (!file || unwanted.aborted) return;
    item.progress = { is: 'uploading', sent: 0, secondsLeft: undefined };
    const started = performance.now();
    const about = new URLSearchParams({
      name: file.name,
      place: String(item.place),
      ...(item.voice ? { voice: 'true' } : {}),
    });
    const media = await upload(`${tray.uploads}?${about}`, file, {
      signal: unwanted,
      onprogress: (sent) => {
        const seconds = (performance.now() - started) / 1_000;
        // The first second tells little.
        const secondsLeft = seconds < 1 ? undefined : Math.ceil(((file.size - sent) * seconds) / sent);
        item.progress = { is: 'uploading', sent: Math.min(sent, file.size), secondsLeft };
      },
    });
    if (unwanted.aborted) {
      await tray.discard(media);
      return;
    }
    if (item.url !== undefined) keepPreview(media.id, item.url);
    tray.end(item, { is: 'there', media });
  } finally {
    leave();
  }
}

async function lane(): Promise<void> {
  taken += 1;
  if (taken > LANES) await new Promise<void>((go) => waiting.push(go));
}

function leave(): void {
  taken -= 1;
  waiting.shift()?.();
}

/** The browser asks before the page goes: what is not there yet would be lost. */
function holdPage(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** What the server says of a file itself, in the words of our own check. */
async function refusalOf(
  { code, params }: Problem,
  item: Attached,
  tray: Tray,
): Promise<Refusal | undefined> {
  const type = String(params.mime ?? item.file?.type ?? '');
  switch (code) {
    case 'file-empty':
      return { code: 'empty' };
    case 'picture-damaged':
      return { code: 'damaged' };
    case 'picture-too-large':
      return { code: 'side', max: Number(params.max) };
    case 'file-mismatch':
      return { code: 'mismatch' };
    case 'file-too-large':
      return { code: 'size', family: familyOf(type), size: item.size, max: Number(params.max) };
    case 'file-type-not-taken':
      return typeRefusal(familyOf(type), await tray.takes());
    default:
      return undefined;
  }
}
