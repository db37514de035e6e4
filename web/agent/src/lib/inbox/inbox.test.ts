import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answers,
  asked,
  FakeSocket,
  frame,
  goOnline,
  json,
  onTheServer,
  openInbox,
  page,
  sent,
  startServer,
  threadOf,
  WORKSPACE,
} from './fake-server.test-data';
import { Inbox } from './inbox.svelte';
import { conversation, entry } from './sample.test-data';

let inbox: Inbox;

beforeEach(async () => {
  startServer();
  inbox = await openInbox();
});

afterEach(() => {
  inbox.close();
  vi.unstubAllGlobals();
});

it('closed while it is opened, it does not go live', async () => {
  const socket = FakeSocket.last;
  const other = new Inbox('wsp_1', 'usr_1');
  const opening = other.open();
  other.close();
  await opening;
  expect(FakeSocket.last).toBe(socket);
});

it('coming online loads the threads again that could not be loaded', async () => {
  const thread = inbox.thread('cnv_1');
  await thread.load();
  expect(thread.state).toBe('failed');
  answers.set(threadOf('cnv_1'), () => json(page({ entries: [entry({ id: 'm1' })] })));
  await goOnline(inbox);
  await vi.waitFor(() => expect(thread.state).toBe('ready'));
  expect(thread.entries.map(({ id }) => id)).toEqual(['m1']);
});

describe('counters', () => {
  it('follow the frames; Mine is my own, and stays when a frame says nothing of me', () => {
    FakeSocket.last.says(
      frame({ counters: { unassigned: 4, all: 9, resolved: 6, mine: { me: 7, other: 1 } } }),
    );
    expect(inbox.counters).toEqual({ mine: 7, unassigned: 4, all: 9, expiring: 0, resolved: 6 });
    FakeSocket.last.says(frame({ counters: { all: 8, mine: { other: 2 } } }));
    expect(inbox.counters).toEqual({ mine: 7, unassigned: 4, all: 8, expiring: 0, resolved: 6 });
  });
});

describe('a live frame', () => {
  it('moves the list, the thread and my read position', async () => {
    onTheServer(conversation({ id: 'cnv_1', last_at: '2026-11-19T10:00:00Z', read_seq: 1 }));
    const list = inbox.list('all');
    await list.load();
    answers.set(`GET ${WORKSPACE}/conversations/cnv_1/thread`, () =>
      json({
        entries: [entry({ id: 'm1' })],
        older: null,
        read_seq: 1,
        drafts: { reply: null, note: null, files: [] },
        cursor: 10,
      }),
    );
    const thread = inbox.thread('cnv_1');
    await thread.load();

    FakeSocket.last.says(
      frame({
        conversations: [conversation({ id: 'cnv_1', version: 2, last_inbound_seq: 5 })],
        entries: [entry({ id: 'm2', seq: 5 }), entry({ id: 'x', conversation_id: 'cnv_other' })],
      }),
    );
    expect(inbox.conversations.get('cnv_1')).toMatchObject({ last_inbound_seq: 5, read_seq: 1 });
    expect(thread.entries.map(({ id }) => id)).toEqual(['m1', 'm2']);

    FakeSocket.last.says(frame({ reads: [{ agent_id: 'other', conversation_id: 'cnv_1', seq: 5 }] }));
    expect(inbox.conversations.get('cnv_1')?.read_seq).toBe(1);
    FakeSocket.last.says(frame({ reads: [{ agent_id: 'me', conversation_id: 'cnv_1', seq: 5 }] }));
    expect(inbox.conversations.get('cnv_1')?.read_seq).toBe(5);

    FakeSocket.last.says(frame({ removed: ['m2'] }));
    expect(thread.entries.map(({ id }) => id)).toEqual(['m1']);
  });

  it('of a conversation not known here asks once what I have read of it', async () => {
    onTheServer(conversation({ id: 'cnv_9', read_seq: 0, last_inbound_seq: 3 }));
    FakeSocket.last.says(frame({ conversations: [conversation({ id: 'cnv_9', last_inbound_seq: 3 })] }));
    await vi.waitFor(() => expect(inbox.conversations.get('cnv_9')?.read_seq).toBe(0));
    expect(asked.filter((one) => one.endsWith('/cnv_9'))).toHaveLength(1);
  });

  it('that says the cursor is too old loads the lists anew and keeps the socket', async () => {
    onTheServer(conversation({ id: 'cnv_1', read_seq: 0 }));
    const list = inbox.list('all');
    await list.load();
    onTheServer(conversation({ id: 'cnv_2', read_seq: 0 }));
    const socket = FakeSocket.last;
    socket.says({ type: 'resync', cursor: 900 });
    await vi.waitFor(() => expect(list.ids).toEqual(['cnv_2']));
    expect(FakeSocket.last).toBe(socket);
  });

  const holding = (id: string) =>
    json(page({ entries: [entry({ id, version: 5 })], read_seq: 1, cursor: 3 }));

  it('that says so loads the open thread anew, and forgets the others', async () => {
    const ids = ['cnv_1', 'cnv_2', 'cnv_3'];
    onTheServer(...ids.map((id) => conversation({ id })));
    await inbox.list('all').load();
    for (const id of ids) {
      answers.set(threadOf(id), () => holding('old'));
      await inbox.thread(id).load();
    }

    onTheServer(conversation({ id: 'cnv_1' }));
    answers.set(`GET ${WORKSPACE}/conversations/cnv_3`, () =>
      json(conversation({ id: 'cnv_3', version: 9, state: 'resolved' })),
    );
    answers.set(threadOf('cnv_3'), () => holding('new'));
    asked.length = 0;
    FakeSocket.last.says({ type: 'resync', cursor: 900 });
    await vi.waitFor(() => expect(inbox.thread('cnv_3').entries.map(({ id }) => id)).toEqual(['new']));
    expect(asked.filter((path) => path.includes('/cnv_'))).toEqual([
      `GET ${WORKSPACE}/conversations/cnv_3`,
      threadOf('cnv_3'),
    ]);
    expect(inbox.conversations.get('cnv_3')?.state).toBe('resolved');
    expect([...inbox.threads.keys()]).toEqual(['cnv_3']);
    // What no list tells of is asked for when it is opened.
    expect([...inbox.conversations.keys()]).toEqual(['cnv_1', 'cnv_3']);
  });

  it('that says so forgets the open conversation too when it is no longer there', async () => {
    onTheServer(conversation({ id: 'cnv_1' }));
    await inbox.list('all').load();
    answers.set(threadOf('cnv_1'), () => holding('old'));
    await inbox.thread('cnv_1').load();
    onTheServer();
    answers.set(`GET ${WORKSPACE}/conversations/cnv_1`, () => json({ code: 'not-found' }, 404));
    FakeSocket.last.says({ type: 'resync', cursor: 900 });
    await vi.waitFor(() => expect(inbox.conversations.size).toBe(0));
    expect(inbox.threads.size).toBe(0);
  });

  it('that says so forgets it also when something of it was heard a moment before it went', async () => {
    onTheServer(conversation({ id: 'cnv_1' }));
    await inbox.list('all').load();
    answers.set(threadOf('cnv_1'), () => holding('old'));
    await inbox.thread('cnv_1').load();
    onTheServer();
    answers.set(`GET ${WORKSPACE}/conversations/cnv_1`, () => json({ code: 'not-found' }, 404));
    FakeSocket.last.says({ type: 'resync', cursor: 900 });
    inbox.keep([conversation({ id: 'cnv_1', draft: true, version: 9 })]);
    await vi.waitFor(() => expect(inbox.conversations.size).toBe(0));
  });

  it('that says so keeps a thread with a text that is not saved yet', async () => {
    onTheServer(conversation({ id: 'cnv_1' }), conversation({ id: 'cnv_2' }));
    for (const id of ['cnv_1', 'cnv_2']) answers.set(threadOf(id), () => holding('new'));
    await inbox.list('all').load();
    const written = inbox.thread('cnv_1');
    await written.load();
    written.write('reply', 'Half a thought');
    await inbox.thread('cnv_2').load();
    asked.length = 0;
    FakeSocket.last.says({ type: 'resync', cursor: 900 });
    await vi.waitFor(() => expect(asked).toContain(threadOf('cnv_1')));
    expect(inbox.thread('cnv_1')).toBe(written);
    expect(written.drafts.reply).toBe('Half a thought');
  });

  it.each(['', '/cnv_1/thread'])('that says so is heeded until all has come: %s', async (failing) => {
    onTheServer(conversation({ id: 'cnv_1' }));
    answers.set(threadOf('cnv_1'), () => holding('old'));
    const list = inbox.list('all');
    await list.load();
    const thread = inbox.thread('cnv_1');
    await thread.load();

    onTheServer(conversation({ id: 'cnv_1' }), conversation({ id: 'cnv_2' }));
    answers.set(threadOf('cnv_1'), () => holding('new'));
    const path = `GET ${WORKSPACE}/conversations${failing}`;
    const answer = answers.get(path);
    answers.set(path, () => json({ code: 'storage-unavailable' }, 503));
    vi.useFakeTimers();
    FakeSocket.last.says({ type: 'resync', cursor: 900 });
    await vi.advanceTimersByTimeAsync(0);
    if (answer) answers.set(path, answer);
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    expect(list.ids).toEqual(['cnv_1', 'cnv_2']);
    expect(thread.entries.map(({ id }) => id)).toEqual(['new']);
  });

  it('that says so leaves what was written where nothing is any longer, and saves it no more', async () => {
    onTheServer(conversation({ id: 'cnv_1' }));
    await inbox.list('all').load();
    vi.useFakeTimers();
    inbox.thread('cnv_1').write('reply', 'not saved');
    onTheServer();
    answers.set(`GET ${WORKSPACE}/conversations/cnv_1`, () => json({ code: 'not-found' }, 404));
    FakeSocket.last.says({ type: 'resync', cursor: 900 });
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    expect(inbox.conversations.has('cnv_1')).toBe(false);
    expect(inbox.thread('cnv_1').drafts.reply).toBe('not saved');
    expect(asked.filter((one) => one.startsWith('PUT'))).toEqual([]);
  });

  it('that says so is heeded again when the server did not answer', async () => {
    onTheServer(conversation({ id: 'cnv_1' }));
    const list = inbox.list('all');
    await list.load();
    const state = answers.get(`GET ${WORKSPACE}`);
    answers.delete(`GET ${WORKSPACE}`);
    vi.useFakeTimers();
    FakeSocket.last.says({ type: 'resync', cursor: 900 });
    await vi.advanceTimersByTimeAsync(0);
    onTheServer(conversation({ id: 'cnv_2' }));
    if (state) answers.set(`GET ${WORKSPACE}`, state);
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    expect(list.ids).toEqual(['cnv_2']);
  });

  it.each([
    ['what cannot be had', () => json({ code: 'not-found' }, 404), () => undefined],
    ['after the inbox was closed', () => json({ code: 'storage-unavailable' }, 503), () => inbox.close()],
  ])('that says so is not heeded again: %s', async (_, answer, meanwhile) => {
    answers.set(`GET ${WORKSPACE}`, answer);
    asked.length = 0;
    vi.useFakeTimers();
    FakeSocket.last.says({ type: 'resync', cursor: 900 });
    meanwhile();
    await vi.advanceTimersByTimeAsync(20_000);
    vi.useRealTimers();
    expect(asked).toEqual([`GET ${WORKSPACE}`]);
  });
});

describe('drafts', () => {
  it('are not sent to the server any longer once the inbox is closed', async () => {
    vi.useFakeTimers();
    inbox.thread('cnv_1').write('reply', 'typed just before signing out');
    inbox.close();
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    expect(asked.filter((one) => one.startsWith('PUT'))).toEqual([]);
    expect(localStorage.getItem('charla.draft.usr_1.cnv_1.reply')).toBe('typed just before signing out');
  });

  it('that cannot be saved stay in the browser and win over the server’s', async () => {
    answers.set(threadOf('cnv_1'), () => json(page()));
    const thread = inbox.thread('cnv_1');
    await thread.load();
    thread.write('note', 'not saved');
    await thread.save('note');
    inbox.threads.delete('cnv_1');

    answers.set(`GET ${WORKSPACE}/conversations/cnv_1/thread`, () =>
      json({
        entries: [],
        older: null,
        read_seq: 0,
        drafts: { reply: 'kept', note: 'older', files: [] },
        cursor: 10,
      }),
    );
    const again = inbox.thread('cnv_1');
    await again.load();
    expect(again.drafts).toEqual({ reply: 'kept', note: 'not saved' });
  });

  describe('written before the server has told its own', () => {
    const draft = `PUT ${WORKSPACE}/conversations/cnv_1/drafts/reply`;
    const older = () => json(page({ drafts: { reply: 'older', note: null, files: [] } }));
    const puts = vi.fn(() => new Response(null, { status: 204 }));

    beforeEach(() => {
      puts.mockClear();
      answers.set(draft, puts);
      answers.set(threadOf('cnv_1'), older);
    });

    it('wait for it, and go on after it', async () => {
      const thread = inbox.thread('cnv_1');
      thread.write('reply', 'Me al');
      await thread.save('reply');
      expect(puts, 'the server keeps its own').not.toHaveBeenCalled();
      const loading = thread.load();
      thread.write('reply', 'Me alegro');
      await loading;
      expect(thread.drafts).toEqual({ reply: 'older\nMe alegro', note: '' });
      await thread.save('reply');
      expect(puts).toHaveBeenLastCalledWith({ text: 'older\nMe alegro' });
    });

    it('go on after it once, over reloads too', async () => {
      inbox.thread('cnv_1').write('reply', 'Me alegro');
      answers.delete(draft);
      for (let reload = 0; reload < 2; reload += 1) {
        inbox.threads.delete('cnv_1');
        const again = inbox.thread('cnv_1');
        await again.load();
        await again.save('reply');
        expect(again.drafts.reply).toBe('older\nMe alegro');
      }
    });

    it('and sent leave it as it is', async () => {
      answers.set(`POST ${WORKSPACE}/conversations/cnv_1/messages`, sent);
      const thread = inbox.thread('cnv_1');
      thread.write('reply', 'Me alegro');
      inbox.send('cnv_1', 'reply', 'Me alegro');
      await thread.load();
      expect(thread.drafts.reply).toBe('older');
      expect(thread.dirty).toBe(false);
      expect(puts).not.toHaveBeenCalled();
    });
  });

  it.each(['Me alegro', ''])('saved before the first page has come stay as they are: "%s"', async (text) => {
    localStorage.setItem('charla.draft.usr_1.cnv_1.reply', 'Me al');
    const saved = () => new Response(null, { status: 204 });
    answers.set(`PUT ${WORKSPACE}/conversations/cnv_1/drafts/reply`, saved);
    const answering = fetch;
    let arrive = () => {};
    vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
      if (path.includes('/thread')) await new Promise<void>((done) => (arrive = done));
      return answering(path, init);
    });
    answers.set(threadOf('cnv_1'), () => json(page({ drafts: { reply: 'older', note: 'kept', files: [] } })));
    const thread = inbox.thread('cnv_1');
    const loading = thread.load();
    thread.write('reply', text);
    await thread.save('reply');
    expect(thread.dirty, 'the server has it').toBe(false);
    arrive();
    await loading;
    expect(thread.drafts).toEqual({ reply: text, note: 'kept' });
  });

  it('are saved in order, however long the server takes', async () => {
    const puts: string[] = [];
    const waiting: (() => void)[] = [];
    vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
      if (path.includes('/thread')) return Promise.resolve(json(page()));
      if (init.method !== 'PUT') return Promise.reject(new TypeError('no network'));
      puts.push((JSON.parse(init.body as string) as { text: string }).text);
      return new Promise((answer) => {
        waiting.push(() => answer(new Response(null, { status: 204 })));
      });
    });
    const thread = inbox.thread('cnv_7');
    await thread.load();
    thread.write('reply', 'first');
    const first = thread.save('reply');
    await vi.waitFor(() => expect(puts).toEqual(['first']));
    thread.write('reply', 'second');
    const second = thread.save('reply');
    await Promise.resolve();
    expect(puts).toEqual(['first']);
    waiting[0]?.();
    await first;
    await vi.waitFor(() => expect(puts).toEqual(['first', 'second']));
    waiting[1]?.();
    await second;
    expect(thread.dirty).toBe(false);
  });

  describe('written in two tabs', () => {
    const kept = { reply: '', note: '' };
    let puts: string[];

    beforeEach(() => {
      Object.assign(kept, { reply: '', note: '' });
      puts = [];
      answers.set(`GET ${WORKSPACE}/conversations/cnv_1/thread`, () =>
        json({ entries: [], older: null, read_seq: 0, drafts: { ...kept, files: [] }, cursor: 10 }),
      );
      for (const mode of ['reply', 'note'] as const) {
        answers.set(`PUT ${WORKSPACE}/conversations/cnv_1/drafts/${mode}`, (body) => {
          kept[mode] = (body as { text: string }).text;
          puts.push(kept[mode]);
          return new Response(null, { status: 204 });
        });
      }
    });

    async function opened() {
      onTheServer(conversation({ id: 'cnv_1', read_seq: 0 }));
      await inbox.list('all').load();
      const thread = inbox.thread('cnv_1');
      await thread.load();
      return thread;
    }

    function elsewhere(texts: Partial<typeof kept>) {
      Object.assign(kept, texts);
      FakeSocket.last.says(frame({ drafts: [{ agent_id: 'me', conversation_id: 'cnv_1' }] }));
    }

    it('the one that is not typed in adopts the newer text', async () => {
      const thread = await opened();
      elsewhere({ reply: 'from the other tab' });
      await vi.waitFor(() => expect(thread.drafts.reply).toBe('from the other tab'));
      elsewhere({ reply: '' });
      await vi.waitFor(() => expect(thread.drafts.reply).toBe(''));
      expect(puts).toEqual([]);
    });

    it('the one with unsaved typing keeps it, and adopts what it did not touch', async () => {
      const thread = await opened();
      thread.write('reply', 'mine, not saved');
      elsewhere({ reply: 'theirs', note: 'their note' });
      await vi.waitFor(() => expect(thread.drafts.note).toBe('their note'));
      expect(thread.drafts.reply).toBe('mine, not saved');
      await thread.save('reply');
      expect(kept.reply).toBe('mine, not saved');
    });

    it('coming back online, a tab that was only looked at saves nothing', async () => {
      const thread = await opened();
      localStorage.setItem('charla.draft.usr_1.cnv_1.reply', 'the other tab’s, not saved');
      await thread.saveUnsaved();
      expect(puts).toEqual([]);
    });

    it('its own saving is no news', async () => {
      vi.useFakeTimers();
      const thread = await opened();
      thread.write('reply', 'H');
      await vi.advanceTimersByTimeAsync(500);
      expect(puts).toEqual(['H']);
      thread.write('reply', 'Ho');
      elsewhere({});
      await vi.advanceTimersByTimeAsync(3_000);
      vi.useRealTimers();
      expect(puts).toEqual(['H', 'Ho']);
      expect(thread.drafts.reply).toBe('Ho');
    });

    it('a text that comes back from sending stands before what is being typed', async () => {
      const thread = await opened();
      thread.write('reply', 'next');
      kept.reply = 'came back';
      FakeSocket.last.says(
        frame({
          drafts: [{ agent_id: 'me', conversation_id: 'cnv_1' }],
          entries: [entry({ id: 'e', direction: 'event', kind: 'returned_to_draft' })],
        }),
      );
      await vi.waitFor(() => expect(thread.drafts.reply).toBe('came back\nnext'));
      await thread.save('reply');
      expect(kept.reply).toBe('came back\nnext');
    });

    it('marks the row, also of a conversation that is not open here', async () => {
      onTheServer(conversation({ id: 'cnv_1', read_seq: 0, draft: false }));
      await inbox.list('all').load();
      onTheServer(conversation({ id: 'cnv_1', read_seq: 0, draft: true }));
      elsewhere({});
      await vi.waitFor(() => expect(inbox.conversations.get('cnv_1')?.draft).toBe(true));
    });
  });
});
