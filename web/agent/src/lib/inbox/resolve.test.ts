import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answers,
  asked,
  goOnline,
  json,
  keepDrafts,
  messages,
  onTheServer,
  openInbox,
  page,
  sent,
  startServer,
  threadOf,
  WORKSPACE,
} from './fake-server.test-data';
import { Inbox } from './inbox.svelte';
import { conversation } from './sample.test-data';

let inbox: Inbox;

beforeEach(async () => {
  startServer();
  keepDrafts();
  inbox = await openInbox();
});

afterEach(() => {
  inbox.close();
  vi.unstubAllGlobals();
});

describe('a conversation that is resolved right after an answer', () => {
  const deed = (name: string) => `POST ${WORKSPACE}/conversations/cnv_1/${name}`;
  const posts = () => asked.filter((one) => one.startsWith('POST')).map((one) => one.split('/').at(-1));
  const resolved = vi.fn();
  const later = vi.fn();
  let version = 1;

  beforeEach(async () => {
    resolved.mockClear();
    later.mockClear();
    inbox.onresolved = resolved;
    inbox.onresolvedlater = later;
    for (const [name, state] of [
      ['resolve', 'resolved'],
      ['reopen', 'open'],
    ] as const) {
      answers.set(deed(name), () => json(conversation({ id: 'cnv_1', state, version: (version += 1) })));
    }
    onTheServer(conversation({ id: 'cnv_1', last_inbound_seq: 1 }));
    await inbox.list('all').load();
  });

  it('is resolved once the server has the answer, which would open it again', async () => {
    let arrive: (answer: Response) => void = () => undefined;
    const answering = fetch;
    vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
      if (init.method !== 'POST' || !path.endsWith('/messages')) return answering(path, init);
      asked.push(messages);
      return new Promise<Response>((answer) => (arrive = answer));
    });
    inbox.send('cnv_1', 'reply', 'Bye');
    await inbox.resolve('cnv_1');
    await inbox.resolve('cnv_1');
    expect(posts()).toEqual(['messages']);
    arrive(sent({ key: inbox.thread('cnv_1').entries[0]?.key, text: 'Bye' }));
    await vi.waitFor(() => expect(resolved).toHaveBeenCalledExactlyOnceWith('cnv_1'));
    expect(posts()).toEqual(['messages', 'resolve']);
    expect(inbox.conversations.get('cnv_1')?.state).toBe('resolved');
    expect(later, 'nothing waits for a connection').not.toHaveBeenCalled();
  });

  describe('without a connection', () => {
    beforeEach(async () => {
      inbox.send('cnv_1', 'reply', 'Bye');
      await inbox.resolve('cnv_1');
      await vi.waitFor(() => expect(inbox.thread('cnv_1').offline.size).toBe(1));
      asked.length = 0;
    });

    it('says that it waits, until it is to stay open after all', async () => {
      expect(later.mock.calls, 'once the answer is known to wait').toEqual([['cnv_1']]);
      await inbox.resolve('cnv_1');
      expect(later, 'asked for again').toHaveBeenCalledTimes(2);
      await inbox.keepOpen('cnv_1');
      answers.set(messages, sent);
      await goOnline(inbox);
      await vi.waitFor(() => expect(localStorage.getItem('charla.outbox.wsp_1.usr_1')).toBeNull());
      expect(posts()).toEqual(['messages']);
      expect(inbox.conversations.get('cnv_1')?.state).toBe('open');
    });

    it('says so once, however often it is tried and whether or not its thread is in memory', async () => {
      inbox.close();
      later.mockClear();
      const again = new Inbox('wsp_1', 'usr_1');
      again.onresolvedlater = later;
      vi.useFakeTimers();
      await goOnline(again);
      await vi.advanceTimersByTimeAsync(11_000);
      vi.useRealTimers();
      expect(asked.filter((one) => one === messages).length, 'tried again').toBeGreaterThan(1);
      expect(again.threads.size).toBe(0);
      expect(later.mock.calls).toEqual([['cnv_1']]);
      again.close();
    });

    it('waits with it, also over a reload', async () => {
      inbox.close();
      answers.set(messages, sent);
      const again = new Inbox('wsp_1', 'usr_1');
      again.onresolved = resolved;
      await goOnline(again);
      await vi.waitFor(() => expect(resolved).toHaveBeenCalledExactlyOnceWith('cnv_1'));
      expect(posts()).toEqual(['messages', 'resolve']);
      again.close();
    });

    const failed = {
      agent_id: 'me',
      direction: 'out',
      kind: 'text',
      text: 'Bye',
      about: null,
      delivery: 'failed',
    } as const;
    it.each([
      ['the customer has written meanwhile', { last_inbound_seq: 2 }],
      ['the answer before it has failed', { preview: failed }],
    ])('stays open when %s, also over a reload', async (_, change) => {
      inbox.close();
      onTheServer(conversation({ id: 'cnv_1', last_inbound_seq: 1, version: 2, ...change }));
      answers.set(messages, sent);
      const again = new Inbox('wsp_1', 'usr_1');
      const back = vi.fn();
      again.onbackonline = back;
      again.thread('cnv_1');
      await goOnline(again);
      await vi.waitFor(() => expect(back).toHaveBeenCalledWith(1));
      expect(posts()).toEqual(['messages']);
      expect(localStorage.getItem('charla.outbox.wsp_1.usr_1')).toBeNull();
      again.close();
    });

    it('is left alone by another tab once the answer is taken back in this one', async () => {
      const other = new Inbox('wsp_1', 'usr_1');
      const thread = other.thread('cnv_1');
      expect(thread.entries.map(({ text }) => text)).toEqual(['Bye']);
      const [local] = inbox.thread('cnv_1').entries;
      if (local) await inbox.undo(local);
      answers.set(messages, sent);
      await goOnline(other);
      await vi.waitFor(() => expect(thread.entries).toEqual([]));
      other.send('cnv_1', 'reply', 'Hola');
      await vi.waitFor(() => expect(thread.entries.map(({ id }) => id)).toEqual(['msg_1']));
      expect(posts()).toEqual(['messages']);
      other.close();
    });

    it('stays open when the answer is taken back, or comes back refused', async () => {
      answers.set(threadOf('cnv_1'), () => json(page()));
      answers.set(messages, () => json({ code: 'window-closed', params: {} }, 409));
      const refused = vi.fn();
      inbox.onrefused = refused;
      await goOnline(inbox);
      await vi.waitFor(() => expect(refused).toHaveBeenCalledOnce());
      expect(inbox.thread('cnv_1').drafts.reply).toBe('Bye');

      answers.set(messages, sent);
      inbox.send('cnv_1', 'reply', 'Bye');
      await inbox.resolve('cnv_1');
      const [local] = inbox.thread('cnv_1').entries;
      if (local) await inbox.undo(local);
      await vi.waitFor(() => expect(posts()).toEqual(['messages', 'messages']));
      expect(localStorage.getItem('charla.outbox.wsp_1.usr_1')).toBeNull();
    });
  });

  it('says that it waits when the connection goes after the answer went out', async () => {
    answers.set(messages, sent);
    answers.delete(`GET ${WORKSPACE}/conversations/cnv_1`);
    inbox.send('cnv_1', 'reply', 'Bye');
    await inbox.resolve('cnv_1');
    await vi.waitFor(() => expect(later.mock.calls).toEqual([['cnv_1']]));
    expect(inbox.thread('cnv_1').offline.size).toBe(0);
    await inbox.resolve('cnv_1');
    expect(later, 'asked for again').toHaveBeenCalledTimes(2);
  });

  it('called off while it is resolved, it is opened again, however long the server does not answer', async () => {
    const answering = fetch;
    let arrive: (() => void) | undefined;
    vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
      if (path.endsWith('/resolve')) await new Promise<void>((done) => (arrive = done));
      return answering(path, init);
    });
    const opening = answers.get(deed('reopen')) as () => Response;
    answers.delete(deed('reopen'));
    answers.set(messages, sent);
    answers.set(`DELETE ${WORKSPACE}/messages/msg_1`, () => json({ text: 'Bye' }));
    inbox.send('cnv_1', 'reply', 'Bye');
    await inbox.resolve('cnv_1');
    await vi.waitFor(() => expect(arrive).toBeDefined());
    const [queued] = inbox.thread('cnv_1').entries;
    if (queued) await inbox.undo(queued);
    arrive?.();
    await vi.waitFor(() => expect(posts()).toEqual(['messages', 'resolve', 'reopen']));
    expect(inbox.conversations.get('cnv_1')?.state).toBe('resolved');
    inbox.close();

    answers.set(deed('reopen'), opening);
    const again = new Inbox('wsp_1', 'usr_1');
    await goOnline(again);
    await vi.waitFor(() => expect(again.conversations.get('cnv_1')?.state).toBe('open'));
    expect(localStorage.getItem('charla.outbox.wsp_1.usr_1')).toBeNull();
    again.close();
  });

  describe('called off while it is handed over', () => {
    /** Asks of this conversation are answered when they are let go, in order. */
    const held: (() => void)[] = [];

    beforeEach(() => {
      held.length = 0;
      answers.set(messages, sent);
    });

    function hold(when: (path: string) => boolean) {
      const answering = fetch;
      vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
        if (when(path) && held.length === 0) await new Promise<void>((go) => held.push(go));
        return answering(path, init);
      });
    }

    it('is not resolved when that was only looked up', async () => {
      hold((path) => path.endsWith('/conversations/cnv_1'));
      inbox.send('cnv_1', 'reply', 'Bye');
      await inbox.resolve('cnv_1');
      await vi.waitFor(() => expect(held).toHaveLength(1));
      await inbox.keepOpen('cnv_1');
      held[0]?.();
      inbox.send('cnv_1', 'reply', 'Hola');
      await vi.waitFor(() => expect(localStorage.getItem('charla.outbox.wsp_1.usr_1')).toBeNull());
      expect(posts()).toEqual(['messages', 'messages']);
      expect(resolved).not.toHaveBeenCalled();
    });

    it('is resolved in the end when that is wished again', async () => {
      hold((path) => path.endsWith('/resolve'));
      inbox.send('cnv_1', 'reply', 'Bye');
      await inbox.resolve('cnv_1');
      await vi.waitFor(() => expect(held).toHaveLength(1));
      await inbox.keepOpen('cnv_1');
      await inbox.resolve('cnv_1');
      expect(resolved).not.toHaveBeenCalled();
      held[0]?.();
      await vi.waitFor(() => expect(resolved).toHaveBeenCalledOnce());
      await vi.waitFor(() => expect(localStorage.getItem('charla.outbox.wsp_1.usr_1')).toBeNull());
      expect(posts()).toEqual(['messages', 'resolve', 'reopen', 'resolve']);
      expect(inbox.conversations.get('cnv_1')?.state).toBe('resolved');
    });
  });

  it.each(['resolved', 'being resolved'])('is open again when the answer is taken back: %s', async (how) => {
    let arrive: (() => void) | undefined;
    if (how === 'being resolved') {
      const answering = fetch;
      vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
        if (path.endsWith('/resolve')) await new Promise<void>((done) => (arrive = done));
        return answering(path, init);
      });
    }
    answers.set(messages, sent);
    answers.set(`DELETE ${WORKSPACE}/messages/msg_1`, () => json({ text: 'Bye' }));
    inbox.send('cnv_1', 'reply', 'Bye');
    await inbox.resolve('cnv_1');
    await vi.waitFor(() => expect(arrive !== undefined || resolved.mock.calls.length > 0).toBe(true));
    const [queued] = inbox.thread('cnv_1').entries;
    if (queued) await inbox.undo(queued);
    arrive?.();
    await vi.waitFor(() => expect(posts()).toEqual(['messages', 'resolve', 'reopen']));
    await vi.waitFor(() => expect(inbox.conversations.get('cnv_1')?.state).toBe('open'));
    expect(inbox.thread('cnv_1').drafts.reply).toBe('Bye');
  });
});
