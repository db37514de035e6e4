import { beforeAll, expect, it } from 'vitest';
import { t, useTexts } from '$lib/i18n';
import { pictureTrouble } from './picture';

beforeAll(() => useTexts('channels'));

it('a picture is a JPEG or PNG of at most 5 MB, and the limit is told', () => {
  const most = 5 * 1024 * 1024;
  for (const [type, size, trouble] of [
    ['image/png', most, undefined],
    ['image/jpeg', 1, undefined],
    ['image/jpeg', most + 1, t('problem.profile-picture-too-large')],
    ['image/webp', 1, t('problem.picture-type')],
    ['', 1, t('problem.picture-type')],
  ] as const) {
    expect(pictureTrouble({ type, size }), `${type} ${size}`).toBe(trouble);
  }
  expect(t('problem.profile-picture-too-large')).toContain('5');
});
