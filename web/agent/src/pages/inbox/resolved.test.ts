import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useLocale } from '$lib/i18n';
import { startServer } from '$lib/inbox/fake-server.test-data';
import { inboxOf } from '$lib/inbox/inbox.svelte';
import { conversation } from '$lib/inbox/sample.test-data';
import { toasts } from '$lib/toasts.svelte';
import InboxPage from './InboxPage.svelte';

class SilentContext {
  state = 'running';
  addEventListener = () => undefined;
  removeEventListener = () => undefined;
}

let page: ReturnType<typeof mount>;

beforeEach(() => {
  startServer();
  vi.stubGlobal('AudioContext', SilentContext);
  page = mount(InboxPage, { target: document.body, props: { params: { ws: 'wsp_1', view: 'all' } } });
  flushSync();
});

afterEach(async () => {
  await unmount(page);
  inboxOf('wsp_1').close();
  vi.unstubAllGlobals();
});

it.each([
  ['en', '#7 will be resolved when the connection is back'],
  ['es', '#7 se resolverá cuando vuelva la conexión'],
] as const)('which conversation waits to be resolved is said: %s', async (locale, text) => {
  await useLocale(locale);
  const inbox = inboxOf('wsp_1');
  inbox.keep([conversation({ id: 'cnv_1', number: 7 })]);
  inbox.onresolvedlater('cnv_1');
  expect(toasts().map((toast) => toast.text)).toContain(text);
});
