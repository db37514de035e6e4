/** The link that opens a chat with a number, with words already written. */
export function chatLink(address: string, words: string): string {
  const digits = address.replace(/\D/g, '');
  const text = words.trim();
  return `https://wa.me/${digits}${text === '' ? '' : `?text=${encodeURIComponent(text)}`}`;
}

/** A code as one path of squares, in a square of this many units. */
export interface QrCode {
  size: number;
  path: string;
}

/** How many pixels a saved unit has: sharp on a poster. */
const UNIT = 16;

/** A text as a QR code, with the quiet edge that readers need. */
export async function qrCode(text: string): Promise<QrCode> {
  const { encode } = await import('uqr');
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return { size, path };
}

/** A code to print at any size. */
export function svg({ size, path }: QrCode): Blob {
  const drawn =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" width="${size * UNIT}" height="${size * UNIT}">` +
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`;
  return new Blob([drawn], { type: 'image/svg+xml' });
}

/** A code as a picture, for what takes no drawing. */
export async function png({ size, path }: QrCode): Promise<Blob> {
  const canvas = new OffscreenCanvas(size * UNIT, size * UNIT);
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('no canvas');
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.scale(UNIT, UNIT);
  pen.fillStyle = '#000';
  pen.fill(new Path2D(path));
  return canvas.convertToBlob({ type: 'image/png' });
}
