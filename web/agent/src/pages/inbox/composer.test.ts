import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { Me } from '$lib/api/types';
import { useLocale } from '$lib/i18n';
import type { Inbox } from '$lib/inbox/inbox.svelte';
import { conversation } from '$lib/inbox/sample.test-data';
import { Thread } from '$lib/inbox/thread.svelte';
import Composer from './Composer.svelte';

const NOTHING_UNSAVED = {
  owner: 'usr_1.cnv_1',
  read: () => null,
  isApart: () => false,
  keep: () => undefined,
  forget: () => undefined,
};
const admin: Me = { agent_id: 'agt_1', role: 'admin', permissions: ['manage_agents', 'manage_health'] };
const agent: Me = { agent_id: 'agt_2', role: 'agent', permissions: [] };

let composer: ReturnType<typeof mount> | undefined;

beforeAll(() => useLocale('en'));
afterEach(async () => {
  if (composer) await unmount(composer);
});

function openOverRestingNumber(me: Me) {
  const nothing = () => undefined;
  const channel = { id: 'chn_1', kind: 'whatsapp', name: 'Casa Turia', paused: 'token' };
  const inbox = { id: 'wsp_1', me, live: { kind: 'online' }, lostAt: undefined, channel: () => channel };
  composer = mount(Composer, {
    target: document.body,
    props: {
      inbox: inbox as unknown as Inbox,
      conversation: conversation({ id: 'cnv_1' }),
      thread: new Thread('wsp_1', 'cnv_1', NOTHING_UNSAVED, nothing),
      window: { kind: 'open', until: Date.UTC(2026, 10, 20), left: 80_000_000 },
      narrow: false,
      ontake: nothing,
      onundolast: nothing,
      onleave: nothing,
    },
  });
  flushSync();
  expect(document.body.textContent).toContain('Casa Turia cannot send now');
  return document.querySelector('a')?.getAttribute('href');
}

it('over a number that rests it leads whoever can mend it to its health', () => {
  expect(openOverRestingNumber(admin)).toBe('/w/wsp_1/settings/health');
});

it('over a number that rests it leads nobody else there', () => {
  expect(openOverRestingNumber(agent)).toBeUndefined();
});
