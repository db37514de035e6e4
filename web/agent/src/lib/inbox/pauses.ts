import { hasMessage, t } from '$lib/i18n';

/** Why a channel is at rest, in words that can stand after a colon. */
export function pauseText(code: string): string {
  const key = `pause.${code}`;
  return hasMessage(key) ? t(key) : t('pause.other', { code });
}
