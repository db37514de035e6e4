import type { Entry, Failure } from '$lib/api/types';
import { hasMessage, t } from '$lib/i18n';

/** Why a message was not delivered, in plain words. */
export function failureText(failure: Pick<Failure, 'code'>): string {
  const key = `failure.${failure.code}`;
  return hasMessage(key) ? t(key) : t('failure.other', { code: String(failure.code) });
}

/** The code as Meta's papers know it; those below zero are our own, and say nothing that the words do not. */
export function codeOfMeta(code: number | null): number | undefined {
  return code !== null && code >= 0 ? code : undefined;
}

/** The codes of a call that Meta did not answer, or only to say that it cannot now. */
const AWAY = new Set([-1, 1, 2, 131_000, 131_016]);

/** Whether a message waits for Meta to answer again. */
export function waitsForMeta({ delivery, failure }: Pick<Entry, 'delivery' | 'failure'>): boolean {
  return delivery === 'queued' && failure !== null && AWAY.has(failure.code);
}

/** What may be behind it, where WhatsApp does not say which. */
export function failureCauses(code: number): string | undefined {
  const key = `failure.${code}.causes`;
  return hasMessage(key) ? t(key) : undefined;
}
