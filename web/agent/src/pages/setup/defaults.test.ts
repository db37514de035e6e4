import { describe, expect, it } from 'vitest';
import { isEmail } from '$lib/email';
import { isLongEnough, passwordLength } from '$lib/password';
import { currencies, currencyOf, timeIn, timeZones } from './defaults';

describe('the defaults of a workspace', () => {
  it.each([
    [['es-MX', 'en-US'], 'MXN'],
    [['en', 'en-GB'], 'GBP'],
    [['es-ES'], 'EUR'],
    [['es'], 'EUR'],
    [['de-CH'], 'EUR'],
    [[], 'EUR'],
  ])('the currency of %s', (languages, expected) => {
    expect(currencyOf(languages)).toBe(expected);
  });

  it('currencies are told by name, in the language of the screens', () => {
    expect(currencies('es')).toContainEqual({ value: 'EUR', label: 'EUR, euro' });
    expect(currencies('en')).toContainEqual({ value: 'GBP', label: 'GBP, British Pound' });
  });

  it('a zone that the browser does not list is still offered', () => {
    const zones = timeZones('Etc/Turia').map(({ value }) => value);
    expect(zones).toContain('Etc/Turia');
    expect(zones).toContain('Europe/Madrid');
    expect(zones).toEqual([...zones].sort());
  });

  it('tells the time in a zone', () => {
    expect(timeIn('Europe/Madrid', Date.UTC(2026, 10, 19, 14, 8))).toBe('15:08');
  });
});

describe('what may be typed', () => {
  it.each([
    ['marta@casaturia.example', true],
    [' root@localhost ', true],
    ['marta', false],
    ['@turia.example', false],
    ['a@b@c', false],
    ['marta@turia..example', false],
    ['a b@turia.example', false],
  ])('as an address: %s', (text, expected) => {
    expect(isEmail(text)).toBe(expected);
  });

  it('passwords are counted in characters', () => {
    expect(passwordLength('ñ🙂')).toBe(2);
    expect(isLongEnough('🙂'.repeat(11))).toBe(false);
    expect(isLongEnough('🙂'.repeat(12))).toBe(true);
  });
});
