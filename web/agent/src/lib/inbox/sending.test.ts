import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answers,
  asked,
  FakeSocket,
  frame,
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
import { conversation, entry } from './sample.test-data';

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

it('shows the message at once and puts the server’s in its place', async () => {
  answers.set(messages, sent);
  const thread = inbox.thread('cnv_1');
  thread.write('reply', 'Hola');
  inbox.send('cnv_1', 'reply', 'Hola');
  expect(thread.entries).toMatchObject([{ text: 'Hola', delivery: 'queued' }]);
  expect(thread.drafts.reply).toBe('');
  await vi.waitFor(() => expect(thread.entries.map(({ id }) => id)).toEqual(['msg_1']));
});

it('waits in the browser while there is no connection, also over a reload', async () => {
  inbox.send('cnv_1', 'reply', 'Hola');
  const thread = inbox.thread('cnv_1');
  await vi.waitFor(() => expect(thread.offline.size).toBe(1));
  inbox.close();

  answers.set(messages, sent);
  const again = new Inbox('wsp_1', 'usr_1');
  const back = vi.fn();
  again.onbackonline = back;
  expect(again.thread('cnv_1').entries).toMatchObject([{ text: 'Hola' }]);
  await goOnline(again);
  await vi.waitFor(() => expect(back).toHaveBeenCalledWith(1));
  expect(again.thread('cnv_1').entries.map(({ id }) => id)).toEqual(['msg_1']);
  expect(
    asked.filter((one) => one === messages),
    'once in vain, once taken',
  ).toHaveLength(2);
  again.close();
});

it('says how many of what waited went out, not what was refused', async () => {
  for (const text of ['refused', 'taken']) inbox.send('cnv_1', 'reply', text);
  await vi.waitFor(() => expect(inbox.thread('cnv_1').offline.size, 'both are marked').toBe(2));
  inbox.close();

  const refusal = () => json({ code: 'window-closed', params: {} }, 409);
  answers.set(messages, (body) => ((body as { text: string }).text === 'refused' ? refusal() : sent(body)));
  answers.set(threadOf('cnv_1'), () => json(page()));
  const again = new Inbox('wsp_1', 'usr_1');
  const back = vi.fn();
  again.onbackonline = back;
  expect(again.thread('cnv_1').offline.size, 'both wait').toBe(2);
  await goOnline(again);
  await vi.waitFor(() => expect(back).toHaveBeenCalledWith(1));
  again.close();
});

it('tries again by itself when the server could not take it, and never as another user', async () => {
  answers.set(messages, () => json({ code: 'storage-unavailable' }, 503));
  vi.useFakeTimers();
  inbox.send('cnv_1', 'reply', 'Hola');
  await vi.advanceTimersByTimeAsync(0);
  expect(new Inbox('wsp_1', 'usr_2').thread('cnv_1').entries).toEqual([]);
  answers.set(messages, sent);
  await vi.advanceTimersByTimeAsync(5_000);
  vi.useRealTimers();
  expect(inbox.thread('cnv_1').entries.map(({ id }) => id)).toEqual(['msg_1']);
});

it('stops when the inbox is closed: what waits is not handed over as whoever signs in next', async () => {
  let fail: (why: TypeError) => void = () => undefined;
  const answering = fetch;
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    if (init.method !== 'POST') return answering(path, init);
    asked.push(messages);
    return new Promise((_, refuse) => (fail = refuse));
  });
  vi.useFakeTimers();
  inbox.send('cnv_1', 'reply', 'Hola');
  inbox.send('cnv_1', 'reply', '¿Hola?');
  await vi.advanceTimersByTimeAsync(0);
  inbox.close();
  fail(new TypeError('no network'));
  await vi.advanceTimersByTimeAsync(60_000);
  vi.useRealTimers();
  expect(asked.filter((one) => one === messages)).toHaveLength(1);
  const kept = new Inbox('wsp_1', 'usr_1').thread('cnv_1').entries;
  expect(kept.map(({ text }) => text)).toEqual(['Hola', '¿Hola?']);
});

it('gives the text back when the server refuses it', async () => {
  answers.set(messages, () => json({ code: 'window-closed', params: {} }, 409));
  answers.set(threadOf('cnv_1'), () => json(page()));
  const refused = vi.fn();
  inbox.onrefused = refused;
  inbox.send('cnv_1', 'reply', 'Hola');
  const thread = inbox.thread('cnv_1');
  await vi.waitFor(() => expect(refused).toHaveBeenCalledOnce());
  expect(thread.entries).toEqual([]);
  expect(thread.drafts.reply).toBe('Hola');
});

describe('a message taken back while it is handed over', () => {
  const undo = `DELETE ${WORKSPACE}/messages/msg_1`;
  let key: string | null;
  let arrive: () => void;
  let fail: () => void;
  let withdrawals: string[];

  beforeEach(async () => {
    withdrawals = [];
    const answering = fetch;
    vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
      if (init.method === 'DELETE') withdrawals.push(path);
      if (init.method !== 'POST') return answering(path, init);
      return new Promise((answer, refuse) => {
        arrive = () => answer(sent(JSON.parse(init.body as string)));
        fail = () => refuse(new TypeError('no network'));
      });
    });
    answers.set(undo, () => json({ text: 'Hola', file: null }));
    inbox.send('cnv_1', 'reply', 'Hola');
    const [local] = inbox.thread('cnv_1').entries;
    key = local?.key ?? null;
    if (local) await inbox.undo(local);
  });

  it('is withdrawn once the answer names it, and its text, which is written here, is no draft again', async () => {
    arrive();
    await vi.waitFor(() => expect(withdrawals).toEqual([`${WORKSPACE}/messages/msg_1?kept=true`]));
    await vi.waitFor(() => expect(inbox.thread('cnv_1').entries).toEqual([]));
    expect(inbox.thread('cnv_1').drafts.reply).toBe('Hola');
  });

  it('is withdrawn when only a live frame tells that it arrived', async () => {
    const arrived = entry({ id: 'msg_1', direction: 'out', delivery: 'queued', key, version: 20 });
    FakeSocket.last.says(frame({ entries: [arrived] }));
    await vi.waitFor(() => expect(inbox.thread('cnv_1').entries).toEqual([]));
    vi.useFakeTimers();
    fail();
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    expect(withdrawals).toHaveLength(1);
    expect(inbox.thread('cnv_1').drafts.reply).toBe('Hola');
    expect(inbox.thread('cnv_1').entries).toEqual([]);
  });

  it('is withdrawn when only a thread that is loaded anew tells that it arrived', async () => {
    const arrived = entry({ id: 'msg_1', direction: 'out', delivery: 'queued', key, version: 20 });
    onTheServer(conversation({ id: 'cnv_1' }));
    answers.set(threadOf('cnv_1'), () => json(page({ entries: [arrived] })));
    fail();
    FakeSocket.last.says({ type: 'resync', cursor: 900 });
    await vi.waitFor(() => expect(withdrawals).toHaveLength(1));
    await vi.waitFor(() => expect(inbox.thread('cnv_1').entries).toEqual([]));
  });

  it('says so when it had gone out already', async () => {
    const refused = vi.fn();
    inbox.onrefused = refused;
    answers.set(undo, () => json({ code: 'already-sent' }, 409));
    arrive();
    await vi.waitFor(() => expect(refused).toHaveBeenCalledOnce());
    expect(inbox.thread('cnv_1').entries.map(({ id }) => id)).toEqual(['msg_1']);
  });
});

describe('a text that is refused when its thread is not in memory', () => {
  const older = () => json(page({ drafts: { reply: 'older', note: null, files: [] } }));
  const refused = vi.fn();
  let again: Inbox;

  beforeEach(async () => {
    inbox.send('cnv_1', 'reply', 'Hola');
    await vi.waitFor(() => expect(inbox.thread('cnv_1').offline.size).toBe(1));
    inbox.close();
    localStorage.removeItem('charla.draft.usr_1.cnv_1.reply');
    answers.set(messages, () => json({ code: 'window-closed', params: {} }, 409));
    refused.mockClear();
    again = new Inbox('wsp_1', 'usr_1');
    again.onrefused = refused;
    await again.open();
  });

  afterEach(() => again.close());

  const online = () => FakeSocket.greets();

  it('comes back beside the draft', async () => {
    answers.set(threadOf('cnv_1'), older);
    online();
    await vi.waitFor(() => expect(refused).toHaveBeenCalledOnce());
    expect(again.thread('cnv_1').drafts.reply).toBe('Hola\nolder');
    expect(again.thread('cnv_1').entries).toEqual([]);
  });

  it('waits until the draft is known', async () => {
    asked.length = 0;
    vi.useFakeTimers();
    online();
    await vi.advanceTimersByTimeAsync(1_000);
    const thread = again.thread('cnv_1');
    expect(asked, 'the draft is not written over').toEqual([messages, threadOf('cnv_1')]);
    expect([...thread.offline]).toEqual(thread.entries.map(({ key }) => key));

    answers.set(threadOf('cnv_1'), older);
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    expect(refused).toHaveBeenCalledOnce();
    expect(thread.drafts.reply).toBe('Hola\nolder');
  });

  it('comes back once when it is taken back meanwhile', async () => {
    const held: ((answer: Response) => void)[] = [];
    const answering = fetch;
    vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
      if (held.length > 0 || !path.includes('/thread')) return answering(path, init);
      return new Promise<Response>((answer) => held.push(answer));
    });
    const thread = again.thread('cnv_1');
    const loading = vi.spyOn(thread, 'load');
    online();
    await vi.waitFor(() => expect(loading).toHaveBeenCalledOnce());
    answers.set(threadOf('cnv_1'), older);
    await thread.load();
    for (const local of thread.entries) await again.undo(local);
    held[0]?.(older());
    await loading.mock.results[0]?.value;
    await Promise.resolve();
    expect(thread.drafts.reply).toBe('Hola\nolder');
    expect(refused).not.toHaveBeenCalled();
  });
});
