import type { Component } from 'svelte';
import { useTexts } from '$lib/i18n';
import type { Params } from '$lib/router.svelte';

type Page = Component<{ params: Params }>;

export interface Route {
  pattern: string;
  /** Whether the page is for people who are signed in. */
  signedIn: boolean;
  load: () => Promise<{ default: Page }>;
}

/** Every page of the app; each is loaded when it is first shown. */
export const routes: Route[] = [
  { pattern: '/sign-in', signedIn: false, load: () => plain(import('./pages/sign-in/SignInPage.svelte')) },
  { pattern: '/setup', signedIn: false, load: () => plain(import('./pages/setup/SetupPage.svelte')) },
  { pattern: '/link/:token', signedIn: false, load: () => import('./pages/link/LinkPage.svelte') },
  {
    pattern: '/w/:ws/inbox/:view?/:conversation?',
    signedIn: true,
    load: () => import('./pages/inbox/InboxPage.svelte'),
  },
  {
    pattern: '/w/:ws/contacts/:contact?',
    signedIn: true,
    load: () => withTexts(import('./pages/contacts/ContactsPage.svelte'), useTexts('contacts')),
  },
  {
    pattern: '/w/:ws/settings/:page?/:id?',
    signedIn: true,
    load: () =>
      withTexts(import('./pages/settings/SettingsPage.svelte'), useTexts('settings'), useTexts('channels')),
  },
  {
    pattern: '/w/:ws/connect/:setup?',
    signedIn: true,
    load: () => withTexts(import('./pages/connect/ConnectPage.svelte'), useTexts('channels')),
  },
];

/** A page whose texts the first view does not need. */
async function withTexts<T>(page: Promise<T>, ...texts: Promise<void>[]): Promise<T> {
  const [loaded] = await Promise.all([page, ...texts]);
  return loaded;
}

/** A page that takes nothing from its path. */
async function plain(page: Promise<{ default: Component }>): Promise<{ default: Page }> {
  const { default: component } = await page;
  return { default: (anchor) => component(anchor, {}) };
}
