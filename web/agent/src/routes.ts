import type { Component } from 'svelte';
import type { Params } from '$lib/router.svelte';

type Page = Component<{ params: Params }>;

interface Route {
  pattern: string;
  /** Whether the page is for people who are signed in. */
  signedIn: boolean;
  load: () => Promise<{ default: Page }>;
}

/** Every page of the app; each is loaded when it is first shown. */
export const routes: Route[] = [
  {
    pattern: '/w/:ws/inbox/:view?/:conversation?',
    signedIn: true,
    load: () => import('./pages/inbox/InboxPage.svelte'),
  },
];
