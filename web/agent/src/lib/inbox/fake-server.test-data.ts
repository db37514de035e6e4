import { vi } from 'vitest';
import type { ChangesFrame, Conversation, Frame, ThreadPage } from '$lib/api/types';
import { Inbox } from './inbox.svelte';
import { entry } from './sample.test-data';

export class FakeSocket {
  static last: FakeSocket;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.last = this;
  }

  close(): void {
    this.onmessage = null;
  }

  says(frame: Frame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  static greets(): void {
    FakeSocket.last.says({ type: 'hello', cursor: 10, now: new Date().toISOString() });
  }
}

export const WORKSPACE = '/api/v1/workspaces/wsp_1';

/** What the server answers, by method and path; to everything else it cannot be reached. */
export const answers = new Map<string, (body: unknown) => Response>();
/** What it was asked, in order. */
export const asked: string[] = [];

export const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json' } });

/** A server with an empty workspace, for the test that begins. */
export function startServer(): void {
  localStorage.clear();
  asked.length = 0;
  answers.clear();
  answers.set(`GET ${WORKSPACE}`, () =>
    json({
      workspace: {
        id: 'wsp_1',
        name: 'Casa Turia',
        locale: 'es',
        time_zone: 'Europe/Madrid',
        currency: 'EUR',
      },
      me: { agent_id: 'me', role: 'agent', permissions: [] },
      agents: [],
      channels: [],
      counters: { mine: 2, unassigned: 1, all: 3, expiring: 0, resolved: 5 },
      cursor: 10,
      now: new Date().toISOString(),
      ingest: 'ok',
    }),
  );
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    const key = `${init.method ?? 'GET'} ${path.split('?')[0] ?? ''}`;
    asked.push(key);
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined;
    const answer = answers.get(key);
    return answer ? Promise.resolve(answer(body)) : Promise.reject(new TypeError('no network'));
  });
}

/** This user's inbox, with a live connection. */
export async function openInbox(): Promise<Inbox> {
  const inbox = new Inbox('wsp_1', 'usr_1');
  await goOnline(inbox);
  return inbox;
}

export async function goOnline(inbox: Inbox): Promise<void> {
  await inbox.open();
  FakeSocket.greets();
}

export function frame(about: Partial<ChangesFrame>): ChangesFrame {
  return {
    type: 'changes',
    cursor: 11,
    now: new Date().toISOString(),
    conversations: [],
    entries: [],
    removed: [],
    reads: [],
    drafts: [],
    counters: { unassigned: 1, all: 3, resolved: 5, mine: {} },
    ...about,
  };
}

export const messages = `POST ${WORKSPACE}/conversations/cnv_1/messages`;

export const threadOf = (id: string) => `GET ${WORKSPACE}/conversations/${id}/thread`;

export function page(about: Partial<ThreadPage> = {}): ThreadPage {
  const drafts = { reply: null, note: null, files: [] };
  return { entries: [], older: null, read_seq: 0, drafts, cursor: 10, ...about };
}

/** The server takes replies that are being written. */
export function keepDrafts(): void {
  answers.set(`PUT ${WORKSPACE}/conversations/cnv_1/drafts/reply`, () => new Response(null, { status: 204 }));
}

/** A message that was taken, to go out. */
export function sent(body: unknown): Response {
  const { key, text } = body as { key: string; text: string };
  return json(entry({ id: 'msg_1', direction: 'out', delivery: 'queued', key, text, version: 20 }), 201);
}

/** Conversations as lists tell them: with my own read position. */
export function onTheServer(...conversations: Conversation[]): void {
  answers.set(`GET ${WORKSPACE}/conversations`, () => json({ items: conversations, next: null }));
  for (const one of conversations) answers.set(`GET ${WORKSPACE}/conversations/${one.id}`, () => json(one));
}
