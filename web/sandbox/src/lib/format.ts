// How instants, people, payloads and durations are written on the page.

import type { Customer, Message } from './control';
import type { Locale, Words } from './words';

const tags: Record<Locale, string> = { en: 'en-GB', es: 'es-ES' };

/** "15:06" */
export function time(at: string | number, locale: Locale): string {
  return new Intl.DateTimeFormat(tags[locale], {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(new Date(at));
}

/** "15:06:12.481", with "19 Nov" before it if that is not today */
export function preciseTime(at: string, nowMs: number, locale: Locale): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  const precise = `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
  if (midnight(date) === midnight(new Date(nowMs))) return precise;
  const day = new Intl.DateTimeFormat(tags[locale], { day: 'numeric', month: 'short' }).format(date);
  return `${day}, ${precise}`;
}

/** "Thu 19 Nov, 15:08" */
export function dateTime(at: number, locale: Locale): string {
  const day = new Intl.DateTimeFormat(tags[locale], {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
  }).format(at);
  return `${day.replace(',', '')}, ${time(at, locale)}`;
}

/** "CET": the zone in which this browser writes times. */
export function zoneName(at: number, locale: Locale): string {
  const parts = new Intl.DateTimeFormat(tags[locale], { timeZoneName: 'short' }).formatToParts(at);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

const DAY = 86_400_000;

/** Whether a closed window would still be open if nobody had closed it by hand. */
export function closedByHand(messages: readonly Message[], now: number): boolean {
  const written = messages.findLast(({ from }) => from === 'customer');
  return written !== undefined && now < Date.parse(written.at) + DAY;
}

function midnight(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** What a chat writes between two days: "Today", "Yesterday", or the date. */
export function dayName(at: string, nowMs: number, locale: Locale, words: Words): string {
  const date = new Date(at);
  const now = new Date(nowMs);
  const days = Math.round((midnight(now) - midnight(date)) / DAY);
  if (days === 0) return words.phone.today;
  if (days === 1) return words.phone.yesterday;
  return new Intl.DateTimeFormat(tags[locale], {
    day: 'numeric',
    month: 'long',
    ...(date.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }),
  }).format(date);
}

/** "47 h" or "2 d 1 h" or "35 min": how far the clock was moved. */
export function span(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const parts = [
    [Math.floor(minutes / 1440), 'd'],
    [Math.floor((minutes % 1440) / 60), 'h'],
    [minutes % 60, 'min'],
  ] as const;
  const told = parts.filter(([n]) => n > 0).slice(0, 2);
  return told.length === 0 ? '0 min' : told.map(([n, unit]) => `${n} ${unit}`).join(' ');
}

/** "12 ms" under a second, "1.4 s" above. */
export function took(ms: number, locale: Locale): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${new Intl.NumberFormat(tags[locale], { maximumFractionDigits: 1 }).format(ms / 1000)} s`;
}

/** A phone number as the inbox writes it: the country, then groups of three; a last group of four rather than a lone digit. */
export function phoneNumber(waId: string): string {
  const parts = /^(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(\d{4,12})$/.exec(waId);
  return parts ? `+${parts[1]} ${parts[2]?.replace(/\d{3}(?=\d{3}|\d{2}$)/g, '$& ')}` : `+${waId}`;
}

/** How the shop knows this customer: the number, else "@username · BSUID". */
export function handle(customer: Customer): string {
  if (customer.wa_id !== null) return phoneNumber(customer.wa_id);
  const name = customer.username === null ? '' : `@${customer.username.replace(/^@/, '')}`;
  return [name, customer.bsuid ?? ''].filter((part) => part !== '').join(' · ');
}

/** "Photo", "Voice message", ...: what a message is, where its words do not say it. */
export function kindName(type: string, words: Words['phone']): string {
  const { other, ...kinds } = words.kinds;
  const known: Partial<Record<string, string>> = kinds;
  return known[type] ?? other(type);
}

/** "34 KB", "1.2 MB" */
export function size(bytes: number, locale: Locale): string {
  const [amount, unit] = bytes < 1_000_000 ? [bytes / 1000, 'KB'] : [bytes / 1_000_000, 'MB'];
  const digits = unit === 'KB' ? 0 : 1;
  const number = new Intl.NumberFormat(tags[locale], { maximumFractionDigits: digits });
  return `${number.format(unit === 'KB' ? Math.max(amount, 1) : amount)} ${unit}`;
}

/** Up to two letters for the avatar. */
export function initials(name: string): string {
  const letters = name
    .split(/\s+/)
    .map((word) => [...word].find((letter) => /\p{L}|\p{N}/u.test(letter)))
    .filter((letter) => letter !== undefined);
  return `${letters[0] ?? '?'}${letters.length > 1 ? letters.at(-1) : ''}`.toUpperCase();
}

/** The word one calls a person by: "Vera" of "Vera Gómez". */
export function firstName(name: string): string {
  return name.trim().split(/\s+/)[0] ?? name;
}

/** Lower case without accents, so that "lucia" finds "Lucía". */
export function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** What somebody calls themselves, inside a sentence of ours: its direction and ours stay apart. */
export function apart(name: string): string {
  return `\u2068${name}\u2069`;
}
