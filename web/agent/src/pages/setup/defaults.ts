// What a new workspace is filled in with, as far as the browser tells.

interface Option {
  value: string;
  label: string;
}

/** The currencies that Meta bills in, and where each is at home. */
const COUNTRIES: Record<string, readonly string[]> = {
  EUR: [],
  USD: ['US', 'EC', 'SV', 'PA', 'PR'],
  GBP: ['GB'],
  MXN: ['MX'],
  ARS: ['AR'],
  CLP: ['CL'],
  COP: ['CO'],
  PEN: ['PE'],
  BRL: ['BR'],
  AED: ['AE'],
  AUD: ['AU'],
  IDR: ['ID'],
  INR: ['IN'],
  MYR: ['MY'],
  SAR: ['SA'],
  SGD: ['SG'],
};

/** The currency of the first language with a country; euro where that country has none of these. */
export function currencyOf(languages: readonly string[]): string {
  const region =
    languages.map((tag) => new Intl.Locale(tag).region).find((found) => found !== undefined) ?? '';
  return Object.keys(COUNTRIES).find((code) => COUNTRIES[code]?.includes(region)) ?? 'EUR';
}

/** The currencies by name: "EUR, euro". */
export function currencies(locale: string): Option[] {
  const names = new Intl.DisplayNames(locale, { type: 'currency' });
  return Object.keys(COUNTRIES).map((code) => ({ value: code, label: `${code}, ${names.of(code)}` }));
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
