const LINES = 60;
const CHARACTERS = 4_000;
/** Shown at a time on request: more in one piece would stop the browser. */
const PIECE = 40_000;
const GLIMPSE = 200;

/** Where a text ends on the screen: after a screenful at first, then a piece further each time. */
export function shownEnd(text: string, pieces: number): number {
  let end = CHARACTERS;
  for (let lines = 0, at = -1; lines < LINES; lines += 1) {
    at = text.indexOf('\n', at + 1);
    if (at === -1 || at >= end) break;
    if (lines === LINES - 1) end = at;
  }
  return whole(text, end + pieces * PIECE);
}

/** The beginning of a text, for a place of one line. */
export function glimpse(text: string): string {
  return text.length > GLIMPSE ? `${text.slice(0, whole(text, GLIMPSE))}…` : text;
}

/** Never between the halves of one character. */
function whole(text: string, end: number): number {
  const inside = end < text.length && /[\uDC00-\uDFFF]/.test(text.charAt(end));
  return Math.min(inside ? end + 1 : end, text.length);
}
