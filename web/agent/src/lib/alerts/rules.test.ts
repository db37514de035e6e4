import { describe, expect, it } from 'vitest';
import { conversation, entry } from '$lib/inbox/sample.test-data';
import type { Conversation } from '$lib/api/types';
import { alertsOf, titleOf } from './rules';

const inbound = entry({ id: 'a' });
const attention = { me: 'me', watching: null };

function sounds(
  given: ReturnType<typeof entry>,
  about: Partial<Conversation>,
  watching: string | null = null,
): string[] {
  const one = conversation({ id: 'cnv_1', ...about });
  return alertsOf([given], (id) => (id === one.id ? one : undefined), { ...attention, watching }).map(
    ({ sound }) => sound,
  );
}

describe('who hears of a message', () => {
  it('is the assignee', () => {
    expect(sounds(inbound, { assignee_id: 'me' })).toEqual(['message']);
    expect(sounds(inbound, { assignee_id: 'another' })).toEqual([]);
  });

  it('is everybody while nobody has it', () => {
    expect(sounds(inbound, { assignee_id: null })).toEqual(['unassigned']);
  });

  it('is not who is looking at it', () => {
    expect(sounds(inbound, { assignee_id: 'me' }, 'cnv_1')).toEqual([]);
    expect(sounds(inbound, { assignee_id: 'me' }, 'cnv_2')).toEqual(['message']);
  });

  it('is never who did it', () => {
    expect(sounds(entry({ id: 'a', direction: 'out', agent_id: 'me', delivery: 'sent' }), {})).toEqual([]);
    expect(sounds(entry({ id: 'a', direction: 'note', agent_id: 'another' }), { assignee_id: 'me' })).toEqual(
      [],
    );
  });
});

it('my own message that failed is heard, wherever I look', () => {
  const failed = entry({ id: 'a', direction: 'out', agent_id: 'me', delivery: 'failed' });
  expect(sounds(failed, {}, 'cnv_1')).toEqual(['failed']);
  expect(sounds({ ...failed, agent_id: 'another' }, {})).toEqual([]);
});

describe('an assignment is heard', () => {
  const assigned = (by: string, to: string) =>
    entry({ id: 'a', direction: 'event', kind: 'assigned', agent_id: by, parts: [{ agent_id: to, by }] });

  it('by the one who gets it from another', () => {
    expect(sounds(assigned('another', 'me'), {})).toEqual(['assigned']);
    expect(sounds(assigned('another', 'third'), {})).toEqual([]);
    expect(sounds(assigned('me', 'me'), {})).toEqual([]);
  });

  it('also as the server keeps it, with parameters in a part', () => {
    const kept = entry({
      id: 'a',
      direction: 'event',
      kind: 'assigned',
      agent_id: 'another',
      parts: [{ type: 'event', params: { agent_id: 'me' } }],
    });
    expect(sounds(kept, {})).toEqual(['assigned']);
  });
});

it('the title counts my unread conversations', () => {
  expect(titleOf('Inbox', 3)).toBe('(3) Inbox');
  expect(titleOf('Inbox', 0)).toBe('Inbox');
});
