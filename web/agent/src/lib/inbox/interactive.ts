import type { Interactive, Offer, Section } from './parts';
import { lengthOf } from './text';

/** What Meta takes: the same limits as the server's. */
export const LIMITS = {
  text: 1_024,
  text_of_a_list: 4_096,
  header: 60,
  footer: 60,
  button: 20,
  buttons: 3,
  section: 24,
  sections: 10,
  row: 24,
  rows: 10,
  description: 72,
  url: 2_000,
} as const;

/** What is wrong with a field. */
export type Wrong =
  | { code: 'empty' | 'twice' | 'no_url' }
  | { code: 'too_long'; max: number; length: number }
  | { code: 'rows'; max: number };

/** What is being composed: every field is there, empty or not. */
export interface Composed {
  type: Offer['type'];
  text: string;
  header: string;
  footer: string;
  buttons: { title: string }[];
  button: string;
  sections: { title: string; rows: { title: string; description: string }[] }[];
  label: string;
  url: string;
}

export function blank(type: Offer['type'], text: string): Composed {
  return {
    type,
    text,
    header: '',
    footer: '',
    buttons: [{ title: '' }],
    button: '',
    sections: [{ title: '', rows: [{ title: '', description: '' }] }],
    label: '',
    url: '',
  };
}

/** One that came back, as it was composed. */
export function composedOf({ header, footer, offer }: Interactive, text: string): Composed {
  const empty = { ...blank(offer.type, text), header: header ?? '', footer: footer ?? '' };
  if (offer.type === 'buttons') return { ...empty, buttons: offer.buttons.map((title) => ({ title })) };
  if (offer.type === 'link') return { ...empty, label: offer.label, url: offer.url };
  if (offer.type !== 'list') return empty;
  const sections = offer.sections.map(({ title, rows }) => ({
    title: title ?? '',
    rows: rows.map((row) => ({ title: row.title, description: row.description ?? '' })),
  }));
  return { ...empty, button: offer.button, sections };
}

/** Whether a line can stand above and below: a question for the place or the number has none. */
export function isFramed(type: Offer['type']): boolean {
  return type !== 'location' && type !== 'contact';
}

/** The fields that Meta would refuse, by their names as the server has them. */
export function wrongOf(composed: Composed): Map<string, Wrong> {
  const { type, text, header, footer } = composed;
  const wrong = new Map<string, Wrong>();
  const check = (field: string, words: string, max: number, needed = true) => {
    const length = lengthOf(words.trim());
    if (length === 0 && needed) wrong.set(field, { code: 'empty' });
    else if (length > max) wrong.set(field, { code: 'too_long', max, length });
  };
  check('text', text, type === 'list' ? LIMITS.text_of_a_list : LIMITS.text);
  if (isFramed(type)) {
    check('header', header, LIMITS.header, false);
    check('footer', footer, LIMITS.footer, false);
  }
  if (type === 'buttons') {
    for (const [index, { title }] of composed.buttons.entries()) {
      const field = `buttons[${index}]`;
      check(field, title, LIMITS.button);
      const before = composed.buttons.slice(0, index).map((other) => other.title.trim());
      if (!wrong.has(field) && before.includes(title.trim())) wrong.set(field, { code: 'twice' });
    }
  }
  if (type === 'list') checkList(composed, check, wrong);
  if (type === 'link') {
    check('label', composed.label, LIMITS.button);
    check('url', composed.url, LIMITS.url);
    const isUrl = /^https?:\/\/[\p{L}\p{N}]\S*$/u.test(composed.url.trim());
    if (!wrong.has('url') && !isUrl) wrong.set('url', { code: 'no_url' });
  }
  return wrong;
}

function checkList(
  { button, sections }: Composed,
  check: (field: string, words: string, max: number, needed?: boolean) => void,
  wrong: Map<string, Wrong>,
) {
  check('button', button, LIMITS.button);
  if (rowsIn(sections) > LIMITS.rows) wrong.set('rows', { code: 'rows', max: LIMITS.rows });
  for (const [index, { title, rows }] of sections.entries()) {
    const section = `sections[${index}]`;
    if (sections.length > 1) check(`${section}.title`, title, LIMITS.section);
    for (const [place, row] of rows.entries()) {
      check(`${section}.rows[${place}].title`, row.title, LIMITS.row);
      check(`${section}.rows[${place}].description`, row.description, LIMITS.description, false);
    }
  }
}

export function rowsIn(sections: Composed['sections']): number {
  return sections.reduce((sum, { rows }) => sum + rows.length, 0);
}

/** What is sent of it beside the text. */
export function interactiveOf(composed: Composed): Interactive {
  const framed = isFramed(composed.type);
  return {
    header: framed ? words(composed.header) : null,
    footer: framed ? words(composed.footer) : null,
    offer: offerOf(composed),
  };
}

function offerOf({ type, buttons, button, sections, label, url }: Composed): Offer {
  if (type === 'buttons') return { type, buttons: buttons.map(({ title }) => title.trim()) };
  if (type === 'list') return { type, button: button.trim(), sections: sectionsOf(sections) };
  if (type === 'link') return { type, label: label.trim(), url: url.trim() };
  return { type };
}

/** Only several sections have titles. */
function sectionsOf(sections: Composed['sections']): Section[] {
  return sections.map(({ title, rows }) => ({
    title: sections.length > 1 ? words(title) : null,
    rows: rows.map((row) => ({ title: row.title.trim(), description: words(row.description) })),
  }));
}

function words(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}
