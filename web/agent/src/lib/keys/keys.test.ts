import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { useLocale } from '$lib/i18n';
import { toasts } from '$lib/toasts.svelte';
import Keys from './Keys.svelte';

const given: unknown[] = [];
let reachable = false;
vi.mock('./Palette.svelte', () => ({
  get default() {
    if (!reachable) throw new Error('no connection');
    return (_: unknown, props: { texts: unknown[] }) => void given.push(props.texts.length);
  },
}));

let mounted: ReturnType<typeof mount> | undefined;

beforeAll(() => useLocale('en'));
afterEach(async () => {
  if (mounted) await unmount(mounted);
});

it('a palette that could not be loaded is complete the next time', async () => {
  const keys = mount(Keys, { target: document.body, props: { ws: 'wsp_1' } });
  mounted = keys;
  keys.show('palette');
  await vi.waitFor(() => expect(toasts()).toHaveLength(1));
  reachable = true;
  keys.show('palette');
  flushSync();
  await vi.waitFor(() => expect(given).toEqual([2]));
});
