import { pieces } from './links';

/** A run of text as a phone shows it. */
export type Inline =
  | { type: 'text'; text: string }
  | { type: 'link'; text: string; href: string }
  | { type: 'code'; text: string }
  | { type: Mark; children: Inline[] };

/** Lines of a text that are shown together. */
export type Block =
  | { type: 'lines'; children: Inline[] }
  | { type: 'quote'; children: Inline[] }
  | { type: 'list'; ordered: boolean; start: number; items: Inline[][] };

type Mark = 'strong' | 'em' | 'del';
/** What stands for itself, whatever signs are in it. */
type Atom = Extract<Inline, { type: 'link' | 'code' }>;
type Unit = string | Atom;

const MARKS: Record<string, Mark> = { '*': 'strong', _: 'em', '~': 'del' };
const CODE = /```([^]+?)```|`([^`\n]+)`/g;
const BULLET = /^[*-] +(?=\S)/;
const NUMBER = /^(\d{1,3})\. +(?=\S)/;
const QUOTE = /^> ?/;

/** The text up to `end` as WhatsApp's phones show it: bold, italics, lists, quotes, code; addresses are links. */
export function blocksOf(text: string, end = text.length): Block[] {
  const blocks: Block[] = [];
  for (const line of linesOf(unitsOf(text, end))) addLine(blocks, line);
  return blocks;
}

/** The text without the signs that format it. */
export function plainText(text: string): string {
  const words = (inline: Inline): string =>
    'children' in inline ? inline.children.map(words).join('') : inline.text;
  const lines = (block: Block): string =>
    (block.type === 'list' ? block.items : [block.children])
      .map((line) => line.map(words).join(''))
      .join('\n');
  return blocksOf(text).map(lines).join('\n');
}

/** Single characters, and what is taken as a whole: addresses, and code, in which nothing else is a sign. */
function unitsOf(text: string, end: number): Unit[] {
  const shown = text.slice(0, end);
  const units: Unit[] = [];
  let at = 0;
  for (const { 0: match, 1: fenced, 2: inline, index } of shown.matchAll(CODE)) {
    const code = fenced ?? inline ?? '';
    if (code.trim() === '') continue;
    addText(units, shown.slice(at, index));
    units.push({ type: 'code', text: code.replace(/^\n|\n$/g, '') });
    at = index + match.length;
  }
  const rest = text.slice(at);
  for (const { text: piece, href } of pieces(rest, end - at)) {
    if (href === undefined) units.push(...piece.split(''));
    else units.push({ type: 'link', text: piece, href });
  }
  return units;
}

function addText(units: Unit[], text: string) {
  for (const { text: piece, href } of pieces(text)) {
    if (href === undefined) units.push(...piece.split(''));
    else units.push({ type: 'link', text: piece, href });
  }
}

function linesOf(units: readonly Unit[]): Unit[][] {
  const lines: Unit[][] = [[]];
  for (const unit of units) {
    if (unit === '\n') lines.push([]);
    else lines.at(-1)?.push(unit);
  }
  return lines;
}

function addLine(blocks: Block[], line: Unit[]) {
  const last = blocks.at(-1);
  const begin = line
    .slice(0, 8)
    .map((unit) => (typeof unit === 'string' ? unit : 'x'))
    .join('');
  const bullet = BULLET.exec(begin);
  const numbered = NUMBER.exec(begin);
  const item = bullet ?? numbered;
  if (item) {
    const children = inlinesOf(line.slice(item[0].length));
    const ordered = numbered !== null;
    if (last?.type === 'list' && last.ordered === ordered) last.items.push(children);
    else blocks.push({ type: 'list', ordered, start: Number(numbered?.[1] ?? 1), items: [children] });
    return;
  }
  const quoted = QUOTE.exec(begin);
  const type = quoted ? 'quote' : 'lines';
  const children = inlinesOf(line.slice(quoted?.[0].length ?? 0));
  if (last?.type === type) last.children.push({ type: 'text', text: '\n' }, ...children);
  else blocks.push({ type, children });
}

/** One line, or what stands between two signs of it. `inside`: the signs it stands between already. */
function inlinesOf(units: readonly Unit[], inside = ''): Inline[] {
  const found: Inline[] = [];
  /** Signs that nothing closes in the rest of the line. */
  const dead = new Set<string>(inside);
  let text = '';
  const flush = () => {
    if (text !== '') found.push({ type: 'text', text });
    text = '';
  };
  for (let at = 0; at < units.length; at += 1) {
    const unit = units[at] as Unit;
    if (typeof unit !== 'string') {
      flush();
      found.push(unit);
      continue;
    }
    const mark = MARKS[unit];
    if (mark === undefined || dead.has(unit) || !opens(units, at)) {
      text += unit;
      continue;
    }
    const close = closing(units, at, unit);
    if (close === -1) {
      dead.add(unit);
      text += unit;
      continue;
    }
    flush();
    found.push({ type: mark, children: inlinesOf(units.slice(at + 1, close), inside + unit) });
    at = close;
  }
  flush();
  return found;
}

function opens(units: readonly Unit[], at: number): boolean {
  const next = units[at + 1];
  return !isWord(units[at - 1]) && next !== undefined && !isSpace(next) && next !== units[at];
}

function closing(units: readonly Unit[], from: number, sign: string): number {
  for (let at = from + 2; at < units.length; at += 1) {
    if (units[at] === sign && !isSpace(units[at - 1]) && !isWord(units[at + 1])) return at;
  }
  return -1;
}

function isWord(unit: Unit | undefined): boolean {
  if (unit === undefined) return false;
  return typeof unit !== 'string' || /[\p{L}\p{N}]/u.test(unit);
}

function isSpace(unit: Unit | undefined): boolean {
  return typeof unit === 'string' && /\s/.test(unit);
}
