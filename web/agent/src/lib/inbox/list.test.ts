import { beforeEach, describe, expect, it } from 'vitest';
import type { Conversation, ConversationPage } from '$lib/api/types';
import { ConversationList } from './list.svelte';
import { conversation } from './sample.test-data';

const minute = (n: number) => `2026-11-19T14:${String(n).padStart(2, '0')}:00Z`;
const at = (n: number, about: Partial<Conversation> = {}) =>
  conversation({ id: `c${n}`, last_at: minute(n), ...about });

let known: Map<string, Conversation>;
let pages: Record<string, ConversationPage>;
let asked: (string | null)[];

function list(query = ''): ConversationList {
  return new ConversationList('all', query, {
    me: () => 'me',
    now: () => Date.parse(minute(30)),
    find: (id) => known.get(id),
    page: (_view, _find, before) => {
      asked.push(before);
      const page = pages[before ?? 'first'];
      if (!page) return Promise.reject(new Error('no such page'));
      for (const item of page.items) known.set(item.id, item);
      return Promise.resolve(page);
    },
  });
}

function change(list: ConversationList, after: Conversation): void {
  const before = known.get(after.id);
  known.set(after.id, after);
  list.apply([{ before, after }]);
}

beforeEach(() => {
  known = new Map();
  asked = [];
  pages = {
    first: { items: [at(9), at(8), at(7)], next: 'second' },
    second: { items: [at(7), at(6), at(5)], next: null },
  };
});

describe('pages', () => {
  it('are put one after the other, each conversation once', async () => {
    const all = list();
    await all.load();
    await all.more();
    await all.more();
    expect(all.ids).toEqual(['c9', 'c8', 'c7', 'c6', 'c5']);
    expect(asked, 'the end is known').toEqual([null, 'second']);
  });

  it('a first page that does not come is an error; a later one leaves the rows', async () => {
    const none = list();
    pages = {};
    await none.load();
    expect(none.state).toBe('failed');

    pages = { first: { items: [at(9)], next: 'lost' } };
    await none.load();
    await none.more();
    expect(none.state).toBe('ready');
    expect(none.ids).toEqual(['c9']);
  });
});

describe('changes', () => {
  it('bring a conversation to the top and take a resolved one out', async () => {
    const all = list();
    await all.load();
    change(all, at(7, { last_at: minute(20), version: 2 }));
    change(all, at(8, { state: 'resolved', version: 2 }));
    expect(all.ids).toEqual(['c7', 'c9']);
  });

  it('beyond the loaded part wait for their page', async () => {
    const all = list();
    await all.load();
    change(all, at(3));
    expect(all.ids).toEqual(['c9', 'c8', 'c7']);
    await all.more();
    change(all, at(3, { version: 2 }));
    expect(all.ids).toEqual(['c9', 'c8', 'c7', 'c6', 'c5', 'c3']);
  });

  it('that come while a page is on its way are not lost under it', async () => {
    const all = list();
    const loading = all.load();
    change(all, at(21));
    await loading;
    expect(all.ids).toEqual(['c21', 'c9', 'c8', 'c7']);
  });

  it('of one conversation that come twice meanwhile give it one row', async () => {
    const all = list();
    const loading = all.load();
    change(all, at(21));
    change(all, at(21, { version: 2 }));
    await loading;
    expect(all.ids).toEqual(['c21', 'c9', 'c8', 'c7']);
  });

  it('do not add to what a search found, but take out what left the view', async () => {
    const found = list('lucía');
    await found.load();
    change(found, at(25));
    change(found, at(8, { state: 'resolved', version: 2 }));
    expect(found.ids).toEqual(['c9', 'c7']);
  });
});

describe('while the pointer is over the list', () => {
  it('a page that comes does not make what moved before it forgotten', async () => {
    const all = list();
    await all.load();
    all.hold();
    change(all, at(7, { last_at: minute(20), version: 2 }));
    expect([...all.arrivals]).toEqual(['c7']);
    await all.load();
    expect([...all.arrivals]).toEqual(['c7']);
  });

  it('nothing moves, and what is new is counted', async () => {
    const all = list();
    await all.load();
    all.hold();
    change(all, at(7, { last_at: minute(20), version: 2 }));
    change(all, at(21));
    change(all, at(8, { state: 'resolved', version: 2 }));
    expect(all.ids).toEqual(['c9', 'c8', 'c7']);
    expect(all.arrivals.size).toBe(2);

    all.release();
    expect(all.ids).toEqual(['c21', 'c7', 'c9']);
    expect(all.arrivals.size).toBe(0);
  });

  it('a row that changes without moving is no arrival', async () => {
    const all = list();
    await all.load();
    all.hold();
    change(all, at(8, { assignee_id: 'me', version: 2 }));
    expect(all.arrivals.size).toBe(0);
  });

  it('what I did myself is no arrival, unless the customer wrote too', async () => {
    const all = list();
    await all.load();
    all.hold();
    const preview = {
      direction: 'out',
      kind: 'text',
      text: 'Hello',
      about: null,
      agent_id: 'me',
      delivery: 'queued',
    } as const;
    change(all, at(7, { last_at: minute(20), version: 2, preview: { ...preview, agent_id: 'luis' } }));
    change(all, at(8, { last_at: minute(21), version: 2, preview }));
    expect([...all.arrivals]).toEqual(['c7']);
    change(all, at(8, { last_at: minute(22), last_inbound_seq: 2, version: 3, preview }));
    expect([...all.arrivals]).toEqual(['c7', 'c8']);
  });

  it('loading anew moves nothing under the pointer, and says what is new', async () => {
    const all = list();
    await all.load();
    all.hold();
    pages.first = { items: [at(12), at(11), at(9), at(8)], next: null };
    await all.load();
    expect(all.ids).toEqual(['c9', 'c8', 'c7']);
    expect([...all.arrivals]).toEqual(['c12', 'c11']);
    all.release();
    expect(all.ids).toEqual(['c12', 'c11', 'c9', 'c8']);
  });

  it('a click shows what waited and goes on holding', async () => {
    const all = list();
    await all.load();
    all.hold();
    change(all, at(21));
    all.catchUp();
    expect(all.ids[0]).toBe('c21');
    change(all, at(22));
    expect(all.ids[0]).toBe('c21');
  });
});
