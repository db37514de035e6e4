import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { holdUploads, nthUpload } from '$lib/files/fake-upload.test-data';
import {
  answers,
  goOnline,
  json,
  keepDrafts,
  messages,
  openInbox,
  page,
  sent,
  startServer,
  threadOf,
  WORKSPACE,
} from './fake-server.test-data';
import { Inbox } from './inbox.svelte';
import { entry, media } from './sample.test-data';
import type { Thread } from './thread.svelte';

const photo = media({ id: 'med_1', kind: 'image' });
const invoice = media({ id: 'med_2', kind: 'document', name: 'factura.pdf', mime: 'application/pdf' });

interface Body {
  text: string;
  file?: string;
  reply_to?: string;
}

let inbox: Inbox;
let thread: Thread;
let bodies: Body[];

beforeEach(async () => {
  startServer();
  holdUploads();
  keepDrafts();
  bodies = [];
  answers.set(messages, (body) => {
    bodies.push(body as Body);
    return sent(body);
  });
  answers.set(`GET ${WORKSPACE}/conversations/cnv_1/uploads`, () =>
    json({ takes: [{ kind: 'document', types: ['application/pdf'], max: 10_000 }] }),
  );
  inbox = await openInbox();
  thread = inbox.thread('cnv_1');
});

afterEach(() => {
  inbox.close();
  vi.unstubAllGlobals();
});

const names = () => thread.tray.items.map(({ name }) => name);

it('each file is a message, the text stands under the first, and the first answers what is quoted', async () => {
  thread.tray.adopt([photo, invoice], thread.tray.version);
  thread.quoting = entry({ id: 'msg_9' });
  inbox.send('cnv_1', 'reply', 'Aquí tienes');
  expect(thread.entries).toMatchObject([
    { kind: 'image', text: 'Aquí tienes', media: [photo], reply_to: 'msg_9', delivery: 'queued' },
    { kind: 'document', text: null, media: [invoice], reply_to: null },
  ]);
  expect(thread.tray.items).toEqual([]);
  await vi.waitFor(() => expect(bodies).toHaveLength(2));
  expect(bodies).toMatchObject([
    { text: 'Aquí tienes', file: 'med_1', reply_to: 'msg_9' },
    { text: '', file: 'med_2' },
  ]);
  expect(bodies[1]?.reply_to).toBeUndefined();
});

it('a note takes no files along', async () => {
  thread.tray.adopt([photo], thread.tray.version);
  inbox.send('cnv_1', 'note', 'Solo para nosotros');
  await vi.waitFor(() => expect(bodies).toMatchObject([{ text: 'Solo para nosotros' }]));
  expect(bodies[0]?.file).toBeUndefined();
  expect(thread.tray.there).toEqual([photo]);
});

describe('a reply that is sent while its file is uploaded', () => {
  const file = new File(['x'], 'factura.pdf', { type: 'application/pdf' });
  const notSent = vi.fn();

  beforeEach(() => {
    notSent.mockClear();
    inbox.onnotsent = notSent;
    thread.write('reply', 'Hola');
    void thread.tray.add([file]);
    inbox.sendOnceThere('cnv_1', false);
  });

  it('goes out when the file is there, as it is written then', async () => {
    const upload = await nthUpload(1);
    thread.write('reply', 'Hola, Lucía');
    expect(thread.entries).toEqual([]);
    upload.stores(invoice);
    await vi.waitFor(() => expect(bodies).toMatchObject([{ text: 'Hola, Lucía', file: 'med_2' }]));
    expect(thread.drafts.reply).toBe('');
  });

  it('stays, and says so, when the file cannot be had', async () => {
    (await nthUpload(1)).breaks();
    await vi.waitFor(() => expect(notSent).toHaveBeenCalledWith('cnv_1', 'factura.pdf'));
    expect(thread.drafts.reply).toBe('Hola');
    expect(names()).toEqual(['factura.pdf']);
    void thread.tray.retry();
    (await nthUpload(2)).stores(invoice);
    await vi.waitFor(() => expect(thread.tray.there).toEqual([invoice]));
    expect(bodies, 'the wish is over').toEqual([]);
  });

  it('stays, and says so, when its text became too long meanwhile', async () => {
    const refused = vi.fn();
    inbox.onrefused = refused;
    thread.write('reply', 'x'.repeat(5_000));
    (await nthUpload(1)).stores(invoice);
    await vi.waitFor(() =>
      expect(refused).toHaveBeenCalledWith(expect.objectContaining({ code: 'text-too-long' })),
    );
    expect(bodies).toEqual([]);
  });

  it('stays when the agent thinks again', async () => {
    const upload = await nthUpload(1);
    thread.tray.wish = undefined;
    upload.stores(invoice);
    await vi.waitFor(() => expect(thread.tray.there).toEqual([invoice]));
    expect(bodies).toEqual([]);
    expect(thread.drafts.reply).toBe('Hola');
  });
});

describe('a file without a connection', () => {
  beforeEach(async () => {
    answers.delete(messages);
    thread.tray.adopt([photo], thread.tray.version);
    inbox.send('cnv_1', 'reply', 'Mira');
    await vi.waitFor(() => expect(thread.offline.size).toBe(1));
  });

  it('waits with its message over a reload, and is no longer a draft though the server says so', async () => {
    inbox.close();
    answers.set(threadOf('cnv_1'), () => json(page({ drafts: { reply: null, note: null, files: [photo] } })));
    const again = new Inbox('wsp_1', 'usr_1');
    expect(again.thread('cnv_1').entries).toMatchObject([{ kind: 'image', text: 'Mira', media: [photo] }]);
    await again.thread('cnv_1').load();
    expect(again.thread('cnv_1').tray.items).toEqual([]);
    answers.set(messages, (body) => {
      bodies.push(body as Body);
      return sent(body);
    });
    await goOnline(again);
    await vi.waitFor(() => expect(bodies).toMatchObject([{ text: 'Mira', file: 'med_1' }]));
    again.close();
  });

  it('comes back with its text when it is taken back', async () => {
    for (const local of thread.entries) await inbox.undo(local);
    expect(thread.drafts.reply).toBe('Mira');
    expect(thread.tray.there).toEqual([photo]);
  });
});

it('a message that the server gives back brings its file along', async () => {
  answers.set(`DELETE ${WORKSPACE}/messages/msg_1`, () => json({ text: '', file: photo }));
  const queued = entry({ id: 'msg_1', direction: 'out', delivery: 'queued', text: null, media: [photo] });
  thread.write('reply', 'Lo siguiente');
  thread.take([queued], []);
  await inbox.undo(queued);
  expect(thread.entries).toEqual([]);
  expect(thread.drafts.reply).toBe('Lo siguiente');
  expect(thread.tray.there).toEqual([photo]);
});

it('a file of a message that the closed window gave back is in the draft again', async () => {
  thread.tray.adopt([photo], thread.tray.version);
  inbox.send('cnv_1', 'reply', '');
  await vi.waitFor(() => expect(thread.entries.map(({ id }) => id)).toEqual(['msg_1']));
  answers.set(threadOf('cnv_1'), () => json(page({ drafts: { reply: null, note: null, files: [photo] } })));
  await thread.refreshDrafts(true);
  expect(thread.tray.there).toEqual([photo]);
});

it('a refused message brings its file back, but not one that the server does not have', async () => {
  answers.set(threadOf('cnv_1'), () => json(page()));
  const refused = vi.fn();
  inbox.onrefused = refused;
  for (const [code, kept] of [
    ['window-closed', [photo]],
    ['file-not-there', []],
  ] as const) {
    answers.set(messages, () => json({ code, params: {} }, 422));
    thread.tray.take();
    thread.tray.putBack(photo);
    thread.drafts.reply = '';
    refused.mockClear();
    inbox.send('cnv_1', 'reply', 'Mira');
    await vi.waitFor(() => expect(refused).toHaveBeenCalledOnce());
    expect(thread.tray.there, code).toEqual(kept);
    expect(thread.drafts.reply).toBe('Mira');
  }
});
