import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Entry } from '$lib/api/types';
import { Inbox } from '$lib/inbox/inbox.svelte';
import { conversation, entry } from '$lib/inbox/sample.test-data';
import { DEFAULTS, type Preferences } from '$lib/preferences';
import { Hearing } from './hear';
import { play } from './sounds.svelte';

vi.mock('./sounds.svelte', () => ({ play: vi.fn() }));

let focused: boolean;
let preferences: Preferences;
let hearing: Hearing;

beforeEach(() => {
  vi.mocked(play).mockClear();
  vi.spyOn(document, 'hasFocus').mockImplementation(() => focused);
  preferences = { ...DEFAULTS };
  const inbox = new Inbox('wsp_1', 'usr_1');
  for (const id of ['open', 'other']) inbox.keep([conversation({ id, last_seq: 1, last_inbound_seq: 1 })]);
  hearing = new Hearing({
    inbox,
    preferences: () => preferences,
    open: () => 'open',
    now: () => Date.now(),
    go: () => undefined,
  });
});

afterEach(() => {
  hearing.stop();
  vi.restoreAllMocks();
});

function arrives(about: Partial<Entry>): string[] {
  const before = conversation({ id: about.conversation_id ?? '', last_seq: 1, last_inbound_seq: 1 });
  hearing.hear({ entries: [entry({ id: 'm', seq: 2, ...about })], before: () => before });
  return vi.mocked(play).mock.calls.map(([sound]) => sound);
}

describe('a new message is heard', () => {
  it('while Charla is not looked at', () => {
    focused = false;
    expect(arrives({ conversation_id: 'open' })).toEqual(['unassigned']);
  });

  it('in front only by choice, and not of the open conversation', () => {
    focused = true;
    expect(arrives({ conversation_id: 'other' })).toEqual([]);
    preferences.sounds_in_front = true;
    expect(arrives({ id: 'n', conversation_id: 'open' })).toEqual([]);
    expect(arrives({ id: 'o', conversation_id: 'other' })).toEqual(['unassigned']);
  });

  it('not at all with the sounds off', () => {
    focused = false;
    preferences.sounds = false;
    expect(arrives({ conversation_id: 'other' })).toEqual([]);
  });
});

it('a message of mine that failed is heard wherever I look', () => {
  focused = true;
  const failed = { conversation_id: 'open', direction: 'out', delivery: 'failed', agent_id: '' } as const;
  expect(arrives(failed)).toEqual(['failed']);
});
