import { test as base, expect, type Page } from '@playwright/test';
import { Charla } from './charla';
import { Inbox } from './inbox';

type StorageState = Awaited<ReturnType<ReturnType<Page['context']>['storageState']>>;

export interface Options {
  /** A file that moves the clock names itself here, and gets a server that no other file shares. */
  server: string;
}

interface WorkerFixtures {
  charla: Charla;
  signedIn: StorageState;
}

interface Fixtures {
  inbox: Inbox;
  /** Fails the test when the page complains: errors, and what the content security policy stopped. */
  complaints: string[];
}

export const test = base.extend<Fixtures, Options & WorkerFixtures>({
  server: ['shared', { option: true, scope: 'worker' }],

  charla: [
    // The server is an input: another name makes Playwright start another worker, and so another Charla.
    async ({ server }, use) => {
      const charla = await Charla.start(server);
      await use(charla);
      await charla.stop();
    },
    { scope: 'worker' },
  ],

  signedIn: [
    async ({ charla, browser }, use) => {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(charla.said.sign_in_link);
      await page.waitForURL(/\/w\/[^/]+\/inbox\//);
      const state = await context.storageState();
      await context.close();
      await use(state);
    },
    { scope: 'worker' },
  ],

  baseURL: async ({ charla }, use) => use(charla.said.url),
  storageState: async ({ signedIn }, use) => use(signedIn),

  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error' && !isExpected(message.text())) complaints.push(message.text());
      });
      await use(complaints);
      expect(complaints, 'the page complained').toEqual([]);
    },
    { auto: true },
  ],

  inbox: async ({ page, locale }, use) => use(new Inbox(page, locale?.startsWith('es') ? 'es' : 'en')),
});

/** The cookies of somebody who is not signed in. */
export const SIGNED_OUT: StorageState = { cookies: [], origins: [] };

/** The browser reports each refused request as an error; the tests look at what the page makes of it. */
function isExpected(text: string): boolean {
  return text.startsWith('Failed to load resource') || /WebSocket connection .* failed/.test(text);
}

export { expect };
