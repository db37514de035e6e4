import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Mode } from '$lib/api/types';
import { entry } from './sample.test-data';
import { Thread } from './thread.svelte';

const PAGE = 50;
const NOTHING_UNSAVED = {
  owner: 'usr_1.cnv_1',
  read: () => null,
  isApart: () => false,
  keep: () => undefined,
  forget: () => undefined,
};

let asked: (string | null)[];
let read: number;
let note: string | null;
let thread: Thread;

/** A thread of `count` messages on the server, in pages. */
function onTheServer(count: number, size = PAGE): void {
  vi.stubGlobal('fetch', (path: string) => {
    const before = new URL(path, 'http://charla.test').searchParams.get('before');
    asked.push(before);
    const end = before === null ? count : Number(before);
    const from = Math.max(0, end - size);
    const entries = Array.from({ length: end - from }, (_, index) => {
      const seq = from + index + 1;
      const at = new Date(Date.UTC(2026, 0, 1) + seq * 1_000).toISOString();
      return entry({ id: `msg_${seq}`, seq, at });
    });
    const page = {
      entries,
      older: from === 0 ? null : String(from),
      read_seq: read,
      drafts: { reply: null, note, files: [] },
      cursor: 1,
    };
    return Promise.resolve(new Response(JSON.stringify(page)));
  });
}

beforeEach(async () => {
  asked = [];
  read = 0;
  note = null;
  onTheServer(500);
  thread = new Thread('wsp_1', 'cnv_1', NOTHING_UNSAVED, () => undefined);
  await thread.load();
});

afterEach(() => vi.unstubAllGlobals());

describe('a thread with unread messages', () => {
  it('is loaded back to where I stopped reading', async () => {
    read = 380;
    const other = new Thread('wsp_1', 'cnv_1', NOTHING_UNSAVED, () => undefined);
    await other.load();
    expect(other.entries[0]?.seq).toBe(351);
    expect(other.fresh).toEqual({ after: 380, upTo: 500 });
  });

  it('is shown all the same when that is far back', async () => {
    read = 10;
    const other = new Thread('wsp_1', 'cnv_1', NOTHING_UNSAVED, () => undefined);
    await other.load();
    expect(other.state).toBe('ready');
    expect(other.entries).toHaveLength(200);
  });
});

describe('a note that was left half-written', () => {
  it('is gone on with by whoever comes back', async () => {
    note = 'Call her back';
    const other = new Thread('wsp_1', 'cnv_1', NOTHING_UNSAVED, () => undefined);
    await other.load();
    expect(other.mode).toBe('note');
    other.clear('note');
    expect(other.mode, 'what is typed next is no reply by surprise').toBe('note');
  });

  it('does not take the place of a reply that was begun or asked for before it was known', async () => {
    note = 'Call her back';
    const typed = { ...NOTHING_UNSAVED, read: (mode: Mode) => (mode === 'reply' ? 'Hel' : null) };
    const begun = new Thread('wsp_1', 'cnv_1', typed, () => undefined);
    const chosen = new Thread('wsp_1', 'cnv_1', NOTHING_UNSAVED, () => undefined);
    chosen.mode = 'reply';
    for (const other of [begun, chosen]) {
      await other.load();
      expect(other.mode).toBe('reply');
      expect(other.drafts.note).toBe('Call her back');
    }
  });
});

describe('a draft', () => {
  it('that could not be saved is saved a little later, though nobody noticed that the line was gone', async () => {
    const saved: string[] = [];
    let online = false;
    vi.stubGlobal('fetch', (_: string, init: RequestInit) => {
      if (!online) return Promise.reject(new TypeError('no network'));
      saved.push((JSON.parse(String(init.body)) as { text: string }).text);
      return Promise.resolve(new Response(null, { status: 204 }));
    });
    vi.useFakeTimers();
    thread.write('note', 'Gate 12');
    await vi.advanceTimersByTimeAsync(1_000);
    online = true;
    await vi.advanceTimersByTimeAsync(6_000);
    vi.useRealTimers();
    expect(saved).toEqual(['Gate 12']);
    expect(thread.dirty).toBe(false);
  });

  it('that the server does not take in time does not hold up what is typed next', async () => {
    const patience = new AbortController();
    vi.spyOn(AbortSignal, 'timeout').mockReturnValueOnce(patience.signal);
    const puts: unknown[] = [];
    vi.stubGlobal('fetch', (_: string, { method, body, signal }: RequestInit) => {
      if (method !== 'PUT') return Promise.resolve(new Response(null, { status: 204 }));
      puts.push(JSON.parse(body as string));
      if (puts.length > 1) return Promise.resolve(new Response(null, { status: 204 }));
      return new Promise((__, refuse) => {
        signal?.addEventListener('abort', () => refuse(new DOMException('late', 'TimeoutError')));
      });
    });
    thread.write('reply', 'first');
    void thread.save('reply');
    await vi.waitFor(() => expect(puts).toEqual([{ text: 'first' }]));
    thread.write('reply', 'second');
    const second = thread.save('reply');
    patience.abort();
    await second;
    expect(puts).toEqual([{ text: 'first' }, { text: 'second' }]);
    expect(thread.dirty).toBe(false);
  });
});

describe('the customer', () => {
  let told: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    told = [];
    vi.stubGlobal('fetch', (path: string) => {
      told.push(path);
      return Promise.resolve(new Response(null, { status: 204 }));
    });
  });

  afterEach(() => vi.useRealTimers());

  const typing = '/api/v1/workspaces/wsp_1/conversations/cnv_1/typing';
  const times = () => told.filter((path) => path === typing).length;

  it('is told now and then that an answer is being written', () => {
    for (const text of ['M', 'Me', 'Me al']) thread.write('reply', text);
    expect(times()).toBe(1);
    vi.advanceTimersByTime(19_999);
    thread.write('reply', 'Me ale');
    expect(times()).toBe(1);
    vi.advanceTimersByTime(1);
    thread.write('reply', 'Me aleg');
    expect(times()).toBe(2);
  });

  it('is told of the next answer at once', () => {
    thread.write('reply', 'Hola');
    thread.clear('reply');
    thread.write('reply', 'Y');
    expect(times()).toBe(2);
  });

  it('is not told of notes, of an empty field or of a text that came back', () => {
    thread.write('note', 'Ask Iván');
    thread.write('reply', ' ');
    thread.giveBack('reply', 'Hola');
    expect(times()).toBe(0);
  });
});

describe('older messages', () => {
  it('asked for twice at once are one page', async () => {
    await Promise.all([thread.loadOlder(), thread.loadOlder()]);
    expect(asked).toEqual([null, '450']);
    expect(thread.entries).toHaveLength(100);
  });

  it('are loaded until the one that is looked for is there, and no further', async () => {
    const told: number[] = [];
    expect(await thread.loadUntil('msg_310', (loaded) => told.push(loaded) > 0)).toBe('found');
    expect(asked).toEqual([null, '450', '400', '350']);
    expect(told).toEqual([100, 150, 200]);
  });

  it('are looked through to the last page that is loaded', async () => {
    onTheServer(201, 1);
    const other = new Thread('wsp_1', 'cnv_1', NOTHING_UNSAVED, () => undefined);
    await other.load();
    asked = [];
    expect(await other.loadUntil('msg_1', () => true)).toBe('found');
    expect(asked).toHaveLength(200);
  });

  it('are not looked through any longer by somebody who left', async () => {
    expect(await thread.loadUntil('msg_1', () => false)).toBe('absent');
    expect(asked).toEqual([null, '450']);
  });

  it('that are not there, or not to be had, end the search', async () => {
    expect(await thread.loadUntil('msg_none', () => true)).toBe('absent');
    expect(asked).toHaveLength(10);

    const other = new Thread('wsp_1', 'cnv_1', NOTHING_UNSAVED, () => undefined);
    await other.load();
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')));
    expect(await other.loadUntil('msg_1', () => true)).toBe('failed');
    expect(other.loadingOlder).toBe(false);
  });

  it('that come after the thread was loaded anew leave no hole in it', async () => {
    const older = thread.loadOlder();
    onTheServer(700);
    await thread.load();
    await older;
    expect(thread.entries[0]?.seq).toBe(651);
    await thread.loadOlder();
    expect(thread.entries[0]?.seq).toBe(601);
  });
});
