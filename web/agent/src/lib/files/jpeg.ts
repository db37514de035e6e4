/** Pictures that a browser can show become JPEG, which every channel takes. */
import { pictureName } from './check';
import type { Pixels } from './pixels';

/** Sizes and qualities, from good to small enough. Nobody's phone shows more than the first. */
const TRIES = [
  { side: 4_096, quality: 0.9 },
  { side: 4_096, quality: 0.75 },
  { side: 2_560, quality: 0.8 },
  { side: 1_600, quality: 0.75 },
  { side: 1_024, quality: 0.6 },
] as const;

/** The size of a picture; undefined when the browser cannot show it. */
export async function pixelsOf(file: Blob): Promise<Pixels | undefined> {
  const picture = await decoded(file);
  return picture && { width: picture.naturalWidth, height: picture.naturalHeight };
}

/** A JPEG of the picture of at most `max` bytes; undefined when it has more pixels than the browser can draw. */
export async function asJpeg(file: File, max: number): Promise<File | undefined> {
  const picture = await decoded(file);
  if (!picture) return undefined;
  for (const { side, quality } of TRIES) {
    const bytes = await drawn(picture, side, quality);
    if (bytes && bytes.size <= max)
      return new File([bytes], pictureName(file.name, 'image/jpeg'), { type: 'image/jpeg' });
  }
  return undefined;
}

async function decoded(file: Blob): Promise<HTMLImageElement | undefined> {
  const url = URL.createObjectURL(file);
  try {
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    return picture.naturalWidth > 0 ? picture : undefined;
  } catch {
    return undefined;
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function drawn(picture: HTMLImageElement, side: number, quality: number): Promise<Blob | null> {
  const { naturalWidth: width, naturalHeight: height } = picture;
  const scale = Math.min(1, side / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext('2d');
  if (!context) return null;
  // JPEG knows no transparency: what shows through is white, not black.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((made) => canvas.toBlob(made, 'image/jpeg', quality));
}
