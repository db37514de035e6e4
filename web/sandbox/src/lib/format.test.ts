import { describe, expect, it } from 'vitest';
import type { Customer, Message } from './control';
import {
  closedByHand,
  dateTime,
  dayName,
  firstName,
  folded,
  handle,
  initials,
  phoneNumber,
  preciseTime,
  span,
  time,
  took,
} from './format';
import { catalogs } from './words';

const local = (day: number, hour: number, minute = 0, second = 0, ms = 0) =>
  new Date(2026, 10, day, hour, minute, second, ms);
const iso = (...at: Parameters<typeof local>) => local(...at).toISOString();

function customer(part: Partial<Customer>): Customer {
  return {
    id: 'x',
    wa_id: null,
    bsuid: null,
    name: 'Vera',
    username: null,
    reads: 'auto',
    online: true,
    unread: 0,
    threads: [],
    ...part,
  };
}

describe('times', () => {
  it('are written in 24 hours with leading zeros', () => {
    expect(time(iso(19, 9, 5), 'en')).toBe('09:05');
    expect(time(iso(19, 0, 5), 'es')).toBe('00:05');
  });

  it('tell the day of an event that is not of today', () => {
    const now = local(19, 15, 8).getTime();
    expect(preciseTime(iso(19, 0, 6, 12, 81), now, 'en')).toBe('00:06:12.081');
    expect(preciseTime(iso(18, 23, 59, 59), now, 'en')).toBe('18 Nov, 23:59:59.000');
    expect(preciseTime(iso(18, 23, 59, 59), now, 'es')).toBe('18 nov, 23:59:59.000');
  });

  it('carry the day in the bar', () => {
    expect(dateTime(local(19, 15, 8).getTime(), 'en')).toBe('Thu 19 Nov, 15:08');
    expect(dateTime(local(19, 15, 8).getTime(), 'es')).toBe('jue 19 nov, 15:08');
  });

  it.each([
    ['the same day', iso(19, 0, 1), 'Today'],
    ['a minute before midnight', iso(18, 23, 59), 'Yesterday'],
    ['earlier this year', iso(9, 12), '9 November'],
    ['another year', new Date(2025, 10, 9, 12).toISOString(), '9 November 2025'],
  ])('name the day of a message: %s', (_, at, expected) => {
    expect(dayName(at, local(19, 15).getTime(), 'en', catalogs.en)).toBe(expected);
  });

  it.each([
    [0, '0 min'],
    [35 * 60, '35 min'],
    [47 * 3600, '1 d 23 h'],
    [24 * 3600 + 60, '1 d 1 min'],
  ])('tell how far the clock is ahead: %i s', (seconds, expected) => {
    expect(span(seconds)).toBe(expected);
  });

  it('tell how long a call took', () => {
    expect(took(12.4, 'en')).toBe('12 ms');
    expect(took(1440, 'es')).toBe('1,4 s');
  });
});

describe('a customer', () => {
  it('is known by the number, grouped where that is plain', () => {
    expect(handle(customer({ wa_id: '34600009901' }))).toBe('+34 600 009 901');
    expect(phoneNumber('447700900118')).toBe('+44 770 090 0118');
    expect(phoneNumber('123')).toBe('+123');
  });

  it('without a number is known by username and business-scoped id', () => {
    expect(handle(customer({ username: 'nerea.s', bsuid: 'ES.918' }))).toBe('@nerea.s · ES.918');
    expect(handle(customer({ username: null, bsuid: 'ES.918' }))).toBe('ES.918');
  });

  it.each([
    ['Lucía Ferrer Gil', 'LG'],
    ['nerea', 'N'],
    ['  ', '?'],
    ['🙂 Ana', 'A'],
  ])('has initials: %s', (name, expected) => {
    expect(initials(name)).toBe(expected);
  });

  it('is called by the first name and found without accents', () => {
    expect(firstName('Vera Gómez')).toBe('Vera');
    expect(folded('Lucía ÑANDÚ')).toBe('lucia nandu');
  });
});

describe('a closed window', () => {
  const said = (from: Message['from'], at: string): Message => ({
    id: at,
    from,
    type: 'text',
    text: 'Hello',
    payload: { body: 'Hello' },
    file: null,
    at,
    status: null,
    reply_to: null,
    changed: null,
  });

  it.each([
    ['a minute short of its day', [said('customer', iso(19, 15, 1))], true],
    ['after its day', [said('customer', iso(19, 15))], false],
    ['by the customer’s last word', [said('customer', iso(19, 15)), said('business', iso(20, 14))], false],
    ['without any word', [], false],
  ])('was closed by hand or not: %s', (_, messages, expected) => {
    expect(closedByHand(messages, local(20, 15).getTime())).toBe(expected);
  });
});
