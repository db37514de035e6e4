import { hasMessage, t } from '$lib/i18n';

/** Why an element could not be read, in words; a reason that we have none for stays as it is. */
export function reasonText(reason: string): string {
  const key = `health.reason.${reason}`;
  return hasMessage(key) ? t(key) : reason;
}

/** Raw JSON with line breaks; what is no JSON, unchanged. */
export function prettyRaw(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}

/** Why a channel sends nothing. */
export function pauseText(code: string): string {
  const key = `health.paused.${code}`;
  return hasMessage(key) ? t(key) : t('health.paused.other', { code });
}
