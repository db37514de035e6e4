/** How large a picture is, by its first bytes: what cannot be shown may be damaged, or only too large. */

export interface Pixels {
  width: number;
  height: number;
}

/** Beyond these no browser shows a picture for certain. */
const MOST_ON_A_SIDE = 16_384;
const MOST = 100_000_000;

export function areTooMany({ width, height }: Pixels): boolean {
  return Math.max(width, height) > MOST_ON_A_SIDE || width * height > MOST;
}

/** The size that a PNG, a GIF or a JPEG states. */
export function statedIn(head: Uint8Array): Pixels | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const begins = (text: string) => [...text].every((letter, at) => head[at] === letter.charCodeAt(0));
  if (begins('\x89PNG') && head.length >= 24)
    return { width: view.getUint32(16), height: view.getUint32(20) };
  if (begins('GIF8') && head.length >= 10) {
    return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  }
  return begins('\xff\xd8') ? statedInJpeg(view) : undefined;
}

/** It stands in the first segment that begins a frame, whichever way that is coded. */
function statedInJpeg(view: DataView): Pixels | undefined {
  let at = 2;
  while (at + 9 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}
