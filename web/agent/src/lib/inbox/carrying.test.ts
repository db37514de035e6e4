import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Entry } from '$lib/api/types';
import {
  answers,
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
import { Forms } from './forms.svelte';
import type { Inbox } from './inbox.svelte';
import { carriedIn, partsOf, type Carried, type Interactive, type Place } from './parts';
import type { Thread } from './thread.svelte';

const CASA: Place = { latitude: 39.47, longitude: -0.376, name: 'Casa Turia', address: null };
const FRIDAY: Interactive = { header: null, footer: null, offer: { type: 'buttons', buttons: ['Friday'] } };

let inbox: Inbox;
let thread: Thread;

beforeEach(async () => {
  startServer();
  keepDrafts();
  inbox = await openInbox();
  thread = inbox.thread('cnv_1');
});

afterEach(() => {
  inbox.close();
  vi.unstubAllGlobals();
});

function only(): Entry {
  const [entry] = thread.entries;
  if (!entry) throw new Error('nothing stands in the thread');
  return entry;
}

it('stands in the thread as what it is, and what is being written beside it stays', () => {
  thread.write('reply', 'We are here:');
  inbox.sendCarrying('cnv_1', '', { location: CASA });
  expect(thread.entries).toMatchObject([
    { kind: 'location', text: null, parts: [{ type: 'location', ...CASA }] },
  ]);
  expect(thread.drafts.reply).toBe('We are here:');
});

it('is handed over whole', async () => {
  const taken = vi.fn(sent);
  answers.set(messages, taken);
  inbox.sendCarrying('cnv_1', '', { location: CASA });
  await vi.waitFor(() => expect(taken).toHaveBeenCalledWith(expect.objectContaining({ location: CASA })));
});

it('what was written has gone out with what it began', () => {
  thread.write('reply', 'Which day?');
  inbox.sendCarrying('cnv_1', 'Which day suits you?', { interactive: FRIDAY }, 'Which day?');
  expect(thread.drafts.reply).toBe('');
});

it('what came to what is written while the dialog was open stays', () => {
  thread.write('reply', 'Which day?');
  thread.giveBack('reply', 'Hello again');
  inbox.sendCarrying('cnv_1', 'Which day suits you?', { interactive: FRIDAY }, 'Which day?');
  expect(thread.drafts.reply).toBe('Hello again');
  thread.write('reply', 'Written in another tab');
  inbox.sendCarrying('cnv_1', 'And where?', { interactive: FRIDAY }, 'And');
  expect(thread.drafts.reply).toBe('Written in another tab');
});

it('what was taken back before it left is put together again', async () => {
  inbox.sendCarrying('cnv_1', 'Which day?', { interactive: FRIDAY });
  await inbox.undo(only());
  expect(thread.entries).toEqual([]);
  expect(thread.forms.kept).toMatchObject([{ began: 'Which day?', sent: { interactive: FRIDAY } }]);
  thread.write('reply', 'Which day?\nSee you');
  inbox.sendCarrying('cnv_1', 'Which day then?', { interactive: FRIDAY }, 'Which day?');
  expect(thread.drafts.reply, 'the words beside it stay').toBe('See you');
});

it('what the server gives back is put together again', async () => {
  answers.set(messages, sent);
  inbox.sendCarrying('cnv_1', '', { location: CASA });
  await vi.waitFor(() => expect(thread.entries[0]?.id).toBe('msg_1'));
  answers.set(`DELETE ${WORKSPACE}/messages/msg_1`, () =>
    json({ text: '', file: null, interactive: null, location: CASA, contacts: null }),
  );
  await inbox.undo(only());
  expect(thread.forms.kept).toMatchObject([{ began: '', sent: { location: CASA } }]);
});

it('what the server refuses is put together again', async () => {
  answers.set(threadOf('cnv_1'), () => json(page()));
  answers.set(messages, () => json({ code: 'window-closed', params: {} }, 409));
  inbox.sendCarrying('cnv_1', '', { location: CASA });
  await vi.waitFor(() => expect(thread.forms.kept).toMatchObject([{ began: '', sent: { location: CASA } }]));
});

it('what comes back waits behind what came back before, also over a reload', () => {
  thread.giveBack('reply', '', null, { location: CASA });
  thread.giveBack('reply', 'Which day?', null, { interactive: FRIDAY });
  expect(thread.forms.returned?.kind).toBe('place');
  expect(new Forms('usr_1.cnv_1').kept.map(({ kind }) => kind)).toEqual(['place', 'buttons']);
});

it.each<[string, Carried]>([
  ['buttons', { interactive: FRIDAY }],
  ['a place', { location: CASA }],
  ['a card', { contacts: [] }],
])('what failed can be changed: %s', (_, carried) => {
  expect(carriedIn({ parts: partsOf(carried) as unknown as Entry['parts'] })).toEqual(carried);
});

it('words alone carry nothing', () => {
  expect(carriedIn({ parts: [] })).toBeUndefined();
});
