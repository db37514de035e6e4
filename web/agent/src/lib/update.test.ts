import { afterEach, expect, it, vi } from 'vitest';
import { isOutdated, lookForUpdate } from './update.svelte';

afterEach(() => vi.unstubAllGlobals());

function serve(page: () => Response | Promise<Response>) {
  document.head.innerHTML = '<script type="module" src="/assets/index-one.js"></script>';
  vi.stubGlobal('fetch', vi.fn(page));
}

it('is outdated only once the server starts with another script', async () => {
  serve(() => new Response('<script type="module" src="/assets/index-one.js">'));
  await lookForUpdate();
  expect(isOutdated()).toBe(false);

  serve(() => Promise.reject(new TypeError('offline')));
  await lookForUpdate();
  expect(isOutdated()).toBe(false);

  serve(() => new Response('starting', { status: 503 }));
  await lookForUpdate();
  expect(isOutdated()).toBe(false);

  serve(() => new Response('<script type="module" src="/assets/index-two.js">'));
  await lookForUpdate();
  expect(isOutdated()).toBe(true);
});
