import { beforeAll, describe, expect, it } from 'vitest';
import { useTimeZone } from '$lib/i18n';
import { itemsOf } from './items';
import { entry } from './sample.test-data';

beforeAll(() => useTimeZone('Europe/Madrid'));

const NOW = Date.parse('2026-11-19T14:08:00Z');
const context = { fresh: { after: 0, upTo: 9 }, windowUntil: null, now: NOW, conversation: 'cnv_1' };
const types = (...given: Parameters<typeof itemsOf>) => itemsOf(...given).map(({ type }) => type);

describe('days', () => {
  it('change at midnight where the agent is', () => {
    const before = entry({ id: 'a', seq: 1, at: '2026-11-18T22:59:00Z' });
    const after = entry({ id: 'b', seq: 2, at: '2026-11-18T23:01:00Z' });
    expect(types([before, after], context)).toEqual(['day', 'message', 'day', 'message']);
  });
});

describe('grouping', () => {
  const at = (minute: number) => `2026-11-19T14:0${minute}:00Z`;

  it('messages of one voice share the name until something stands between', () => {
    const items = itemsOf(
      [
        entry({ id: 'a', seq: 1, at: at(0) }),
        entry({ id: 'b', seq: 2, at: at(1) }),
        entry({ id: 'c', seq: 3, at: at(2), direction: 'event', kind: 'resolved' }),
        entry({ id: 'd', seq: 4, at: at(3) }),
        entry({ id: 'e', seq: 5, at: at(4), direction: 'out', agent_id: 'one' }),
        entry({ id: 'f', seq: 6, at: at(5), direction: 'out', agent_id: 'two' }),
      ],
      context,
    );
    const continued = items.flatMap((item) => (item.type === 'message' ? [item.continued] : []));
    expect(continued).toEqual([false, true, false, false, false]);
  });
});

describe('the line of new messages', () => {
  const entries = [
    entry({ id: 'a', seq: 3 }),
    entry({ id: 'b', seq: 5, direction: 'note', at: '2026-11-19T14:01:00Z' }),
    entry({ id: 'c', seq: 6, at: '2026-11-19T14:02:00Z' }),
  ];

  it('stands before the first inbound message I had not seen', () => {
    const items = itemsOf(entries, { ...context, fresh: { after: 3, upTo: 6 } });
    const at = items.findIndex(({ type }) => type === 'new');
    expect(items[at + 1]).toMatchObject({ type: 'message', entry: { id: 'c' } });
  });

  it('is missing when everything was seen, and does not come with what arrives while I look on', () => {
    expect(types(entries, { ...context, fresh: { after: 6, upTo: 6 } })).not.toContain('new');
    expect(types(entries, { ...context, fresh: { after: 3, upTo: 3 } })).not.toContain('new');
  });
});

describe('closed windows', () => {
  const first = entry({ id: 'a', seq: 1, at: '2026-11-16T10:00:00Z' });

  it('are drawn 24 h after the message that nothing followed in time', () => {
    const next = entry({ id: 'b', seq: 2, at: '2026-11-18T10:00:00Z' });
    const closed = itemsOf([first, next], context).filter(({ type }) => type === 'closed');
    expect(closed).toEqual([
      {
        type: 'closed',
        key: expect.any(String) as string,
        at: Date.parse('2026-11-17T10:00:00Z'),
        refused: false,
      },
    ]);
  });

  it.each(['system', 'edit', 'revoke', 'request_welcome'])('a line of kind %s opens none', (kind) => {
    const opening = entry({ id: 'b', seq: 2, at: '2026-11-18T10:00:00Z' });
    expect(types([entry({ ...first, kind }), opening], context)).not.toContain('closed');
  });

  it('an answer within 24 h keeps it open', () => {
    const next = entry({ id: 'b', seq: 2, at: '2026-11-17T09:59:59Z' });
    expect(types([first, next], context)).not.toContain('closed');
  });

  it('the last one is told by the conversation, to the second', () => {
    const until = '2026-11-17T10:00:00Z';
    const end = Date.parse(until);
    expect(types([first], { ...context, windowUntil: until, now: end - 1 })).not.toContain('closed');
    expect(types([first], { ...context, windowUntil: until, now: end }).at(-1)).toBe('closed');
  });

  it('before its time means that the provider said so', () => {
    for (const [until, refused] of [
      ['2026-11-16T11:00:00Z', true],
      ['2026-11-17T09:59:58Z', false],
    ] as const) {
      const closed = itemsOf([first], { ...context, windowUntil: until, now: Date.parse(until) }).at(-1);
      expect(closed).toMatchObject({ type: 'closed', at: Date.parse(until), refused });
    }
  });
});
