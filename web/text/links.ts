/** A part of a text: a web address that can be followed, or what stands around it. */
export interface Piece {
  text: string;
  href?: string;
}

const ADDRESS = /(?<![\p{L}\p{N}@./-])(?:https?:\/\/|www\.)[^\s<>"“”«»\p{C}]+/giu;
const CLOSES: Record<string, string> = { ')': '(', ']': '[', '}': '{' };
/** An underscore that opens italics, at the start of a word, or one that closes them. */
const ITALICS = /(?<=^|[\s\p{Ps}\p{Pi}"'*~¿¡])(?<opens>_)(?!\s)|(?<=[^\s_])_(?![\p{L}\p{N}_])/gu;
/** Nothing longer is followed. */
const LONGEST = 2_048;

/** The text up to `end`, in pieces. An address that goes on beyond it is none yet. */
export function pieces(text: string, end = text.length): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const { 0: match, index } of text.matchAll(ADDRESS)) {
    if (match.length > LONGEST) continue;
    const address = trimmed(match, inItalics(text, index));
    const after = index + address.length;
    if (after > end) break;
    const href = hrefOf(address);
    if (href === undefined) continue;
    if (index > at) found.push({ text: text.slice(at, index) });
    found.push({ text: address, href });
    at = after;
  }
  if (at < end) found.push({ text: text.slice(at, end) });
  return found;
}

/** Whether an underscore on its line has opened italics that go on at `at`. */
function inItalics(text: string, at: number): boolean {
  const before = text.slice(text.lastIndexOf('\n', at) + 1, at);
  const last = [...before.matchAll(ITALICS)].at(-1);
  return last?.groups?.opens !== undefined;
}

/** Without what ends the sentence around it. A bracket is its own when it was opened in it, an underscore outside italics. */
function trimmed(address: string, italics: boolean): string {
  let kept = address;
  let opened = italics;
  for (;;) {
    const last = kept.at(-1) ?? '';
    const opens = CLOSES[last];
    const own =
      last === '_' ? !opened : opens !== undefined && kept.split(opens).length >= kept.split(last).length;
    if (own || (opens === undefined && !/[.,;:!?…'’*_~`]/u.test(last))) return kept;
    if (last === '_') opened = false;
    kept = kept.slice(0, -1);
  }
}

/** Where it leads. What names a user before the host leads elsewhere than it seems to, and is none. */
function hrefOf(address: string): string | undefined {
  const bare = /^www\./i.test(address);
  if (bare && !/^www\.[^./]+\.[^./]/i.test(address)) return undefined;
  const href = bare ? `https://${address}` : address;
  if (!URL.canParse(href)) return undefined;
  const url = new URL(href);
  const plain = url.username === '' && url.password === '' && !url.hostname.includes(',');
  return plain ? url.href : undefined;
}
