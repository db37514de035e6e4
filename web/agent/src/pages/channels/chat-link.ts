/** The link that opens a chat with a number, with words already written. */
export function chatLink(address: string, words: string): string {
  const digits = address.replace(/\D/g, '');
  const text = words.trim();
  return `https://wa.me/${digits}${text === '' ? '' : `?text=${encodeURIComponent(text)}`}`;
}

/** A text as a QR code: one path of squares in a square of this size. */
export async function qrPath(text: string): Promise<{ size: number; path: string }> {
  const { encode } = await import('uqr');
  const { data, size } = encode(text, { ecc: 'M', border: 2 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return { size, path };
}
