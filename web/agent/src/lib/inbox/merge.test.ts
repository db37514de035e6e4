import { describe, expect, it } from 'vitest';
import { belongs, compareIn, isUnread, mergeConversation, mergeEntries, reorder } from './merge';
import { conversation, entry } from './sample.test-data';

describe('mergeConversation', () => {
  it('keeps the newer version whichever comes last', () => {
    const older = conversation({ id: 'a', version: 4, state: 'open' });
    const newer = conversation({ id: 'a', version: 5, state: 'resolved' });
    expect(mergeConversation(older, newer).state).toBe('resolved');
    expect(mergeConversation(newer, older).state).toBe('resolved');
  });

  it('keeps what live frames leave out: my read position and my draft', () => {
    const known = conversation({ id: 'a', read_seq: 7, draft: true });
    const live = conversation({ id: 'a', version: 2, last_inbound_seq: 9 });
    expect(mergeConversation(known, live)).toMatchObject({ read_seq: 7, draft: true, last_inbound_seq: 9 });
  });

  it('takes a read position that went back: it was marked unread', () => {
    const known = conversation({ id: 'a', read_seq: 7 });
    expect(mergeConversation(known, conversation({ id: 'a', read_seq: 0 })).read_seq).toBe(0);
  });
});

describe('isUnread', () => {
  it('compares the newest inbound sequence with what I have seen', () => {
    expect(isUnread(conversation({ id: 'a', last_inbound_seq: 5, read_seq: 4 }))).toBe(true);
    expect(isUnread(conversation({ id: 'a', last_inbound_seq: 5, read_seq: 5 }))).toBe(false);
  });

  it('says nothing of a conversation whose read position is not known yet', () => {
    expect(isUnread(conversation({ id: 'a', last_inbound_seq: 5 }))).toBe(false);
  });
});

describe('belongs', () => {
  const now = Date.parse('2026-11-19T14:00:00Z');
  const at = (hours: number) => new Date(now + hours * 3_600_000).toISOString();

  it('mine is what I have and is not resolved', () => {
    const mine = conversation({ id: 'a', assignee_id: 'me' });
    expect(belongs('mine', mine, 'me', now)).toBe(true);
    expect(belongs('mine', { ...mine, state: 'resolved' }, 'me', now)).toBe(false);
    expect(belongs('mine', { ...mine, assignee_id: 'other' }, 'me', now)).toBe(false);
    expect(belongs('unassigned', mine, 'me', now)).toBe(false);
  });

  it('expiring is an open window of at most four hours; at its end it is over', () => {
    const until = (hours: number) => conversation({ id: 'a', window_until: at(hours) });
    expect(belongs('expiring', until(4), 'me', now)).toBe(true);
    expect(belongs('expiring', until(4.001), 'me', now)).toBe(false);
    expect(belongs('expiring', until(0), 'me', now)).toBe(false);
    expect(belongs('expiring', conversation({ id: 'a' }), 'me', now)).toBe(false);
  });
});

describe('the order of lists', () => {
  it('is newest first, also where fractions of a second are written at different lengths', () => {
    const whole = conversation({ id: 'a', last_at: '2026-11-19T14:00:00Z' });
    const half = conversation({ id: 'b', last_at: '2026-11-19T14:00:00.5Z' });
    const later = conversation({ id: 'c', last_at: '2026-11-19T14:00:01Z' });
    expect([whole, later, half].sort(compareIn('all')).map(({ id }) => id)).toEqual(['c', 'b', 'a']);
  });

  it('is what closes first in Expiring', () => {
    const soon = conversation({ id: 'a', window_until: '2026-11-19T15:00:00Z' });
    const sooner = conversation({ id: 'b', window_until: '2026-11-19T14:30:00Z' });
    expect([soon, sooner].sort(compareIn('expiring')).map(({ id }) => id)).toEqual(['b', 'a']);
  });
});

describe('reorder', () => {
  const minute = (n: number) => `2026-11-19T14:${String(n).padStart(2, '0')}:00Z`;
  const all = new Map([5, 4, 3, 2].map((n) => [`c${n}`, conversation({ id: `c${n}`, last_at: minute(n) })]));

  it('moves what changed to its place and takes out what left', () => {
    const moved = conversation({ id: 'c2', last_at: minute(9) });
    const fresh = conversation({ id: 'c35', last_at: '2026-11-19T14:03:30Z' });
    const known = new Map([...all, ['c2', moved], ['c35', fresh]]);
    const ids = reorder(
      ['c5', 'c4', 'c3', 'c2'],
      new Set(['c2', 'c35', 'c5']),
      [fresh, moved],
      (id) => known.get(id),
      compareIn('all'),
    );
    expect(ids).toEqual(['c2', 'c4', 'c35', 'c3']);
  });
});

describe('mergeEntries', () => {
  it('orders by the second of the provider, then by sequence', () => {
    const merged = mergeEntries(
      [],
      [
        entry({ id: 'c', at: '2026-11-19T14:00:01Z', seq: 1 }),
        entry({ id: 'b', at: '2026-11-19T14:00:00.200Z', seq: 9 }),
        entry({ id: 'a', at: '2026-11-19T14:00:00.900Z', seq: 3 }),
      ],
    );
    expect(merged.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('never goes back to an older version', () => {
    const seen = entry({ id: 'a', delivery: 'seen', version: 8 });
    const late = entry({ id: 'a', delivery: 'delivered', version: 6 });
    expect(mergeEntries([seen], [late])).toEqual([seen]);
    expect(mergeEntries([late], [seen])).toEqual([seen]);
  });

  it('puts the sent message in the place of its own optimistic line', () => {
    const optimistic = entry({ id: 'local:k1', key: 'k1', version: 0 });
    const other = entry({ id: 'local:k2', key: 'k2', version: 0 });
    const sent = entry({ id: 'msg_1', key: 'k1', version: 3 });
    const merged = mergeEntries([optimistic, other], [sent]);
    expect(merged.map(({ id }) => id).sort()).toEqual(['local:k2', 'msg_1']);
  });
});
