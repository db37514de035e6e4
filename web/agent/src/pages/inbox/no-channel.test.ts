import { mount, unmount } from 'svelte';
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { Agent, Channel, Me } from '$lib/api/types';
import { useLocale } from '$lib/i18n';
import { Inbox } from '$lib/inbox/inbox.svelte';
import NoChannel from './NoChannel.svelte';

const ramon: Agent = {
  id: 'agt_0',
  name: 'Ramón',
  email: 'r@x.example',
  role: 'owner',
  avatar: 'R',
  former: false,
};
const ana: Agent = {
  id: 'agt_1',
  name: 'Ana',
  email: 'a@x.example',
  role: 'agent',
  avatar: 'A',
  former: false,
};
let shown: ReturnType<typeof mount> | undefined;

beforeAll(() => useLocale('en'));
afterEach(async () => {
  if (shown) await unmount(shown);
});

function seenBy(me: Me): string {
  const inbox = new Inbox('wsp_1', 'usr_1');
  inbox.agents = [ramon, ana];
  inbox.me = me;
  shown = mount(NoChannel, { target: document.body, props: { inbox } });
  return document.body.textContent;
}

it('an owner is told how a number is connected', () => {
  const text = seenBy({ agent_id: 'agt_0', role: 'owner', permissions: ['manage_health'] });
  expect(text).toContain('charla channel connect whatsapp');
  expect(text).not.toContain('Ask');
});

it('an agent is told whom to ask', () => {
  const text = seenBy({ agent_id: 'agt_1', role: 'agent', permissions: [] });
  expect(text).toContain('Ask Ramón to connect one.');
  expect(text).not.toContain('charla channel');
});

it('a number that was disconnected is none', () => {
  const inbox = new Inbox('wsp_1', 'usr_1');
  const channel: Channel = {
    id: 'chn_1',
    kind: 'whatsapp',
    name: 'Turia',
    address: '',
    paused: 'disconnected',
  };
  inbox.channels = [channel];
  expect(inbox.connected).toBe(false);
  inbox.channels = [{ ...channel, paused: 'token' }];
  expect(inbox.connected).toBe(true);
});
