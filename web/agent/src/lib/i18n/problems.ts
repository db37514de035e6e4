import { isProblem } from '$lib/api/problem';
import { hasMessage, t } from './locale.svelte';
import { clockTime } from './format';

/** What went wrong, in the words of the screens. */
export function problemText(thrown: unknown): string {
  if (!isProblem(thrown)) return t('problem.unexpected', { code: 'browser' });
  const key = `problem.${thrown.code}`;
  if (!hasMessage(key)) return t('problem.unexpected', { code: thrown.code });
  return t(key, wordable(thrown.params));
}

/** Instants become times of the day; everything else is shown as it came. */
function wordable(params: Record<string, unknown>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      isInstant(name, value) ? clockTime(value) : typeof value === 'number' ? value : String(value),
    ]),
  );
}

function isInstant(name: string, value: unknown): value is string {
  return typeof value === 'string' && (name.endsWith('_at') || name === 'after');
}
