import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chooseLocale,
  clockTime,
  dayTitle,
  duration,
  listTime,
  number,
  phoneText,
  relativeDayTime,
  roughDuration,
  spokenDuration,
  t,
  useLocale,
  useTimeZone,
} from '.';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.parse('2026-11-19T14:08:00Z');

beforeAll(async () => {
  useTimeZone('Europe/Madrid');
  await useLocale('en');
});
afterAll(() => useLocale('en'));

describe('durations', () => {
  it.each([
    [192 * MINUTE, '3 h 12 min'],
    [3 * HOUR, '3 h'],
    [48 * MINUTE + 59_000, '48 min'],
    [26 * HOUR, '1 d 2 h'],
    [30_000, '0 min'],
    [-5, '0 min'],
  ])('%s ms is %s', (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });

  it('count seconds only under two minutes and where asked', () => {
    expect(duration(119_000, true)).toBe('1 min 59 s');
    expect(duration(120_000, true)).toBe('2 min');
    expect(duration(9_900, true)).toBe('9 s');
  });

  it('are rough where minutes do not matter', () => {
    expect(roughDuration(23 * HOUR + 12 * MINUTE)).toBe('23 h');
    expect(roughDuration(26 * HOUR + 12 * MINUTE)).toBe('1 d 2 h');
    expect(roughDuration(59 * MINUTE)).toBe('59 min');
    expect(roughDuration(59_000)).toBe('<1 min');
  });

  it('are spoken in whole words', () => {
    expect(spokenDuration(192 * MINUTE)).toBe('3 hours 12 minutes');
    expect(spokenDuration(61 * MINUTE)).toBe('1 hour 1 minute');
    expect(spokenDuration(24 * HOUR)).toBe('1 day');
  });
});

describe('times', () => {
  it('are those of the agent, on a 24 h clock', () => {
    expect(clockTime('2026-11-19T17:20:00Z')).toBe('18:20');
    expect(clockTime('2026-11-19T23:05:00Z')).toBe('00:05');
  });

  it('in the list say only as much as is needed', () => {
    expect(listTime('2026-11-19T13:47:00Z', NOW)).toBe('14:47');
    expect(listTime('2026-11-18T14:56:00Z', NOW)).toBe('Wed 15:56');
    expect(listTime('2026-11-10T09:00:00Z', NOW)).toBe('10 Nov');
    expect(listTime('2025-11-10T09:00:00Z', NOW)).toBe('10 Nov 2025');
  });

  it('of days', () => {
    expect(dayTitle('2026-11-18T23:30:00Z', NOW), 'already today in Madrid').toBe('Today');
    expect(dayTitle('2026-11-18T12:00:00Z', NOW)).toBe('Wednesday 18 November');
    expect(relativeDayTime('2026-11-19T17:20:00Z', NOW)).toBe('today 18:20');
    expect(relativeDayTime('2026-11-20T09:48:00Z', NOW)).toBe('Fri 10:48');
  });
});

describe('Spanish', () => {
  it('has its own days, numbers and plurals', async () => {
    await useLocale('es');
    expect(listTime('2026-11-18T14:56:00Z', NOW)).toBe('mié 15:56');
    expect(dayTitle('2026-11-18T12:00:00Z', NOW)).toBe('Miércoles 18 de noviembre');
    expect(number(1459)).toBe('1.459');
    expect(t('list.new', { count: 1 })).toBe('1 nueva');
    expect(t('list.new', { count: 4 })).toBe('4 nuevas');
    expect(document.documentElement.lang).toBe('es');
    await useLocale('en');
    expect(number(1459)).toBe('1,459');
  });
});

it('the first language of the browser that we speak is chosen', () => {
  expect(chooseLocale(['ca-ES', 'es-ES', 'en'])).toBe('es');
  expect(chooseLocale(['en-GB', 'es'])).toBe('en');
  expect(chooseLocale(['fr', 'de'])).toBe('en');
});

it('phone numbers stand in groups', () => {
  for (const [phone, shown] of [
    ['+34600001234', '+34 600 001 234'],
    ['+15550100123', '+1 555 010 0123'],
    ['+447700900123', '+44 770 090 0123'],
    ['+351912345678', '+351 912 345 678'],
    ['+5215512345678', '+52 155 123 456 78'],
    ['+491512345678', '+49 151 234 5678'],
    ['not a number', 'not a number'],
  ] as const) {
    expect(phoneText(phone)).toBe(shown);
  }
});
