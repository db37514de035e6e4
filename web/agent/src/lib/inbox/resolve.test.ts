import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answers,
  asked,
  FakeSocket,
  json,
  onTheServer,
  page,
  sent,
  startServer,
  threadOf,
  WORKSPACE,
} from './fake-server.test-data';
import { Inbox } from './inbox.svelte';
import { conversation } from './sample.test-data';

const messages = `POST ${WORKSPACE}/conversations/cnv_1/messages`;
let inbox: Inbox;

beforeEach(async () => {
  startServer();
  answers.set(`PUT ${WORKSPACE}/conversations/cnv_1/drafts/reply`, () => new Response(null, { status: 204 }));
  inbox = new Inbox('wsp_1', 'usr_1');
  await inbox.open();
  FakeSocket.greets();
});

afterEach(() => {
  inbox.close();
  vi.unstubAllGlobals();
});

describe('a conversation that is resolved right after an answer', () => {
  const deed = (name: string) => `POST ${WORKSPACE}/conversations/cnv_1/${name}`;
  const posts = () => asked.filter((one) => one.startsWith('POST')).map((one) => one.split('/').at(-1));
  const resolved = vi.fn();
  let version = 1;

  beforeEach(async () => {
    resolved.mockClear();
    inbox.onresolved = resolved;
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
  });

  describe('without a connection', () => {
    beforeEach(async () => {
      inbox.send('cnv_1', 'reply', 'Bye');
      await inbox.resolve('cnv_1');
      await vi.waitFor(() => expect(inbox.thread('cnv_1').offline.size).toBe(1));
      asked.length = 0;
    });

    async function online(from: Inbox) {
      await from.open();
      FakeSocket.greets();
    }

    it('waits with it, also over a reload', async () => {
      inbox.close();
      answers.set(messages, sent);
      const again = new Inbox('wsp_1', 'usr_1');
      again.onresolved = resolved;
      await online(again);
      await vi.waitFor(() => expect(resolved).toHaveBeenCalledExactlyOnceWith('cnv_1'));
      expect(posts()).toEqual(['messages', 'resolve']);
      again.close();
    });

    const failed = {
      agent_id: 'me',
      direction: 'out',
      kind: 'text',
      text: 'Bye',
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
      await online(again);
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
      await online(other);
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
      await online(inbox);
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
    await again.open();
    FakeSocket.greets();
    await vi.waitFor(() => expect(again.conversations.get('cnv_1')?.state).toBe('open'));
    expect(localStorage.getItem('charla.outbox.wsp_1.usr_1')).toBeNull();
    again.close();
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
