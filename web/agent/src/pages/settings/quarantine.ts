import { hasMessage, number, t } from '$lib/i18n';

/** Why an element could not be read, in words; one that we have none for is told by its code. */
export function reasonText(reason: string): string {
  const key = `health.reason.${reason}`;
  return hasMessage(key) ? t(key) : t('health.reason.other', { code: reason });
}

/** How much of it there is: "812 B", "12.3 kB". */
export function sizeText(raw: string): string {
  const bytes = new TextEncoder().encode(raw).length;
  return bytes < 1000 ? `${number(bytes)} B` : `${number(Math.round(bytes / 100) / 10)} kB`;
}

/** Raw JSON with line breaks; what is no JSON, unchanged. */
export function prettyRaw(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}
