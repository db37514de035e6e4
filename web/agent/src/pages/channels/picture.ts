import { t } from '$lib/i18n';

const LARGEST = 5 * 1024 * 1024;
const TYPES = new Set(['image/jpeg', 'image/png']);

/** Why a file cannot be the picture of a number, with the limit; nothing when it can. */
export function pictureTrouble({ type, size }: Pick<File, 'type' | 'size'>): string | undefined {
  if (!TYPES.has(type)) return t('problem.picture-type');
  if (size > LARGEST) return t('problem.profile-picture-too-large');
  return undefined;
}
