// What a new workspace is filled in with, as far as the browser tells.

interface Option {
  value: string;
  label: string;
}

const CURRENCY_OF: Record<string, string> = {
  US: 'USD', GB: 'GBP', MX: 'MXN', AR: 'ARS', CO: 'COP', CL: 'CLP', PE: 'PEN', UY: 'UYU', PY: 'PYG', BO: 'BOB',
  CR: 'CRC', GT: 'GTQ', HN: 'HNL', NI: 'NIO', DO: 'DOP', VE: 'VES', BR: 'BRL', CA: 'CAD', AU: 'AUD', NZ: 'NZD',
  IN: 'INR', ZA: 'ZAR', NG: 'NGN', KE: 'KES', CH: 'CHF', EC: 'USD', SV: 'USD', PA: 'USD', PR: 'USD', GQ: 'XAF',
}; // prettier-ignore

/** The currency of the first language with a country; euro where we cannot tell. */
export function currencyOf(languages: readonly string[]): string {
  const region = languages.map((tag) => new Intl.Locale(tag).region).find((found) => found !== undefined);
  return (region && CURRENCY_OF[region]) ?? 'EUR';
}

/** Every currency there is, by name: "EUR, euro". */
export function currencies(locale: string): Option[] {
  const names = new Intl.DisplayNames(locale, { type: 'currency' });
  return Intl.supportedValuesOf('currency').map((code) => ({
    value: code,
    label: `${code}, ${names.of(code)}`,
  }));
}

/** The browser's own zone. */
export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Every zone, and those given even if the browser does not list them. */
export function timeZones(...also: string[]): Option[] {
  const zones = new Set([...Intl.supportedValuesOf('timeZone'), ...also.filter((zone) => zone !== '')]);
  return [...zones].sort().map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') }));
}

/** What time it is in a zone: "15:08". */
export function timeIn(zone: string, now: number): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(now);
}
