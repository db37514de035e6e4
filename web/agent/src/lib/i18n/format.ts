import { type Key, locale, t } from './locale.svelte';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const formats = new Map<string, Intl.DateTimeFormat>();

type When = string | number | Date;

/** Shows every time in this zone from now on; an unknown zone leaves the browser's. */
export function useTimeZone(next: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: next });
  } catch {
    return;
  }
  zone = next;
  formats.clear();
}

/** The zone in which times are shown. */
export function timeZone(): string {
  return zone;
}

/** 15:08 */
export function clockTime(at: When): string {
  return format('time', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, at);
}

/** 14:47:02.214 */
export function preciseTime(at: When): string {
  return format(
    'precise',
    { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23' },
    at,
  );
}

/** 19 Nov 2026, 15:08 */
export function dateTime(at: When): string {
  return `${format('date', { day: 'numeric', month: 'short', year: 'numeric' }, at)}, ${clockTime(at)}`;
}

/** 10 Nov 2026 */
export function date(at: When): string {
  return format('date', { day: 'numeric', month: 'short', year: 'numeric' }, at);
}

/** The calendar day of an instant in the agent's zone, for comparing. */
export function dayOf(at: When): string {
  const parts = formatter('day-key', { year: 'numeric', month: '2-digit', day: '2-digit' }, 'en-CA');
  return parts.format(new Date(at));
}

/** A row's time: 14:47 today, Wed 15:56 within a week, 10 Nov before, with the year when it is another. */
export function listTime(at: When, now: number): string {
  if (dayOf(at) === dayOf(now)) return clockTime(at);
  const date = new Date(at);
  if (Math.abs(now - date.getTime()) < 6 * DAY) return `${weekday(at)} ${clockTime(at)}`;
  const sameYear = dayOf(at).slice(0, 4) === dayOf(now).slice(0, 4);
  return sameYear
    ? format('day-month', { day: 'numeric', month: 'short' }, at)
    : format('date', { day: 'numeric', month: 'short', year: 'numeric' }, at);
}

/** "today 18:20", "Fri 10:48", "10 Nov, 09:31" */
export function relativeDayTime(at: When, now: number): string {
  if (dayOf(at) === dayOf(now)) return t('time.today_at', { time: clockTime(at) });
  if (Math.abs(now - new Date(at).getTime()) < 6 * DAY) return `${weekday(at)} ${clockTime(at)}`;
  return `${format('day-month', { day: 'numeric', month: 'short' }, at)}, ${clockTime(at)}`;
}

/** A separator of days: Today, Wednesday 18 November, with the year when it is another. */
export function dayTitle(at: When, now: number): string {
  const day = dayOf(at);
  if (day === dayOf(now)) return t('time.today');
  const sameYear = day.slice(0, 4) === dayOf(now).slice(0, 4);
  const name = format('weekday-long', { weekday: 'long' }, at);
  const options: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'long' };
  const date = sameYear
    ? format('day-month-long', options, at)
    : format('date-long', { ...options, year: 'numeric' }, at);
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} ${date}`;
}

/** "3 h 12 min", "1 d 2 h", "48 min"; seconds only when `withSeconds` and under two minutes. */
export function duration(milliseconds: number, withSeconds = false): string {
  const whole = Math.max(0, milliseconds);
  if (withSeconds && whole < 2 * MINUTE) return secondsDuration(whole);
  const minutes = Math.floor(whole / MINUTE);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return join(`${hours} h`, minutes % 60, 'min');
  return join(`${Math.floor(hours / 24)} d`, hours % 24, 'h');
}

/** How long something has been so, as exactly as matters: "<1 min", "48 min", "23 h", "1 d 2 h". */
export function roughDuration(milliseconds: number): string {
  if (milliseconds < MINUTE) return '<1 min';
  const hours = Math.floor(milliseconds / HOUR);
  return hours >= 1 && hours < 24 ? `${hours} h` : duration(milliseconds);
}

/** "3 hours 12 minutes": the same in whole words, for screen readers. */
export function spokenDuration(milliseconds: number): string {
  const minutes = Math.max(0, Math.floor(milliseconds / MINUTE));
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return words(['spoken.days', days], ['spoken.hours', hours % 24]);
  if (hours > 0) return words(['spoken.hours', hours], ['spoken.minutes', minutes % 60]);
  return t('spoken.minutes', { count: minutes });
}

/** +34 600 001 234: the country, then groups of three; a last group of four rather than a lone digit. */
export function phoneText(phone: string): string {
  const parts = /^\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(\d{4,12})$/.exec(phone);
  if (!parts) return phone;
  return `+${parts[1]} ${parts[2]?.replace(/\d{3}(?=\d{3}|\d{2}$)/g, '$& ')}`;
}

/** A number with the language's separators. */
export function number(value: number): string {
  return new Intl.NumberFormat(locale(), { useGrouping: 'always' } as Intl.NumberFormatOptions).format(value);
}

/** An amount of micro-units in its currency. What is no currency is told as it came. */
export function money(micros: number, currency: string): string {
  const amount = micros / 1_000_000;
  try {
    return new Intl.NumberFormat(locale(), { style: 'currency', currency }).format(amount);
  } catch {
    return `${number(amount)} ${currency}`;
  }
}

function secondsDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return join(`${Math.floor(seconds / 60)} min`, seconds % 60, 's');
}

function join(first: string, rest: number, unit: string): string {
  return rest === 0 ? first : `${first} ${rest} ${unit}`;
}

function words(...parts: [Key, number][]): string {
  return parts.flatMap(([key, count]) => (count > 0 ? [t(key, { count })] : [])).join(' ');
}

function weekday(at: When): string {
  return format('weekday', { weekday: 'short' }, at);
}

function format(name: string, options: Intl.DateTimeFormatOptions, at: When): string {
  return formatter(name, options, locale() === 'es' ? 'es-ES' : 'en-GB').format(new Date(at));
}

function formatter(name: string, options: Intl.DateTimeFormatOptions, tag: string): Intl.DateTimeFormat {
  const key = `${tag} ${name}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(tag, { ...options, timeZone: zone });
    formats.set(key, found);
  }
  return found;
}
