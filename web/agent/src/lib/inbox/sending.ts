import { post, remove } from '$lib/api/client';
import { isProblem, Problem } from '$lib/api/problem';
import type { Conversation, Entry, Mode, TakenBack } from '$lib/api/types';
import { clock } from '$lib/clock.svelte';
import { pieces } from '$lib/files/pieces';
import {
  isLocal,
  localId,
  Outbox,
  type Outgoing,
  type OutgoingReopen,
  type OutgoingResolve,
  type OutgoingText,
} from './outbox';
import { carriedBy, partsOf, type Carried } from './parts';
import { refusalOf, sendable } from './text';
import type { Thread } from './thread.svelte';

/** What the server could not take is handed to it again after this time. */
const RETRY = 5_000;

/** The inbox that is sent from. */
export interface SentFrom {
  path: string;
  conversations: ReadonlyMap<string, Conversation>;
  /** The threads in memory; `thread` makes one that is not. */
  threads: ReadonlyMap<string, Thread>;
  thread: (conversation: string) => Thread;
  me: () => string;
  online: () => boolean;
  fetch: (conversation: string) => Promise<Conversation>;
  act: (conversation: string, action: 'resolve' | 'reopen') => Promise<void>;
  /** What the agent is told. */
  on: {
    refused: (thrown: unknown) => void;
    resolved: (conversation: string) => void;
    /** It will be, once there is a connection for what waits before. */
    resolvedLater: (conversation: string) => void;
  };
}

/** How something that waits fared. Who took it back, or has its text again, is `done` with it. */
type Outcome = 'sent' | 'done' | 'waits';

/** Hands what an agent does over to the server, in order, and keeps it until the server has it. */
export class Sending {
  #inbox: SentFrom;
  #outbox: Outbox;
  #flushing = false;
  /** Whether what was handed over last could not be taken, and waits with all that comes after it. */
  #stuck = false;
  /** Resolves of which was told that they wait for a connection. */
  #told = new Set<string>();
  /** The resolve that the server is being asked for. */
  #resolving: string | undefined;
  /** Texts that were taken back although they may have reached the server. */
  #takenBack = new Set<string>();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** `owner`: the workspace and the user whose messages they are. */
  constructor(owner: string, inbox: SentFrom) {
    this.#outbox = new Outbox(owner);
    this.#inbox = inbox;
  }

  /** What waits still is kept for the next time. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
  }

  /** Shows in a thread what waits in it since before it was in memory. */
  showWaiting(thread: Thread): void {
    for (const waiting of this.#outbox.waiting) {
      if (waiting.conversation !== thread.id || !('text' in waiting)) continue;
      if (waiting.file) thread.tray.without([waiting.file]);
      this.#show(thread, waiting, true);
    }
  }

  /**
   * Sends a reply with its files, or keeps a note. It stands in the thread at once, and waits here while there is no
   * connection.
   */
  send(id: string, mode: Mode, text: string): void {
    const thread = this.#inbox.thread(id);
    const { quoting } = thread;
    const messages = mode === 'note' ? [{ text }] : pieces(text, thread.tray.take());
    for (const [at, message] of messages.entries()) {
      this.#send(thread, { mode, ...message, ...(quoting && at === 0 ? { reply_to: quoting.id } : {}) });
    }
    thread.quoting = undefined;
    thread.clear(mode);
    void this.flush();
  }

  /** Sends the reply as it is written then, once its files are there. */
  sendOnceThere(id: string, andResolve: boolean): void {
    const thread = this.#inbox.thread(id);
    thread.tray.wish = () => {
      const text = sendable(thread.drafts.reply);
      const refused = refusalOf(text);
      const empty = refused?.code === 'text-empty';
      if (refused && !empty) this.#inbox.on.refused(new Problem(422, refused.code, 'text', refused));
      if (empty ? thread.tray.there.length === 0 : refused) return;
      this.send(id, 'reply', empty ? '' : text);
      if (andResolve) void this.resolve(id);
    };
  }

  /** Sends a reply that was put together in a dialog; `began` is what it took over from what was written. */
  sendCarrying(id: string, text: string, carried: Carried, began: string): void {
    const thread = this.#inbox.thread(id);
    const { quoting } = thread;
    this.#send(thread, { mode: 'reply', text, ...carried, ...(quoting ? { reply_to: quoting.id } : {}) });
    thread.quoting = undefined;
    thread.drawUpon(began);
    void this.flush();
  }

  #send(thread: Thread, what: Pick<OutgoingText, 'mode' | 'text' | 'reply_to' | 'file'> & Carried): void {
    const message: OutgoingText = {
      key: crypto.randomUUID(),
      conversation: thread.id,
      at: new Date(clock.now()).toISOString(),
      ...what,
    };
    this.#outbox.add(message);
    this.#show(thread, message, !this.#inbox.online());
  }

  /** Resolves it, after the texts of it that wait here: one that came later would open it again. */
  async resolve(id: string): Promise<void> {
    const last = this.#outbox.waiting.findLast(({ conversation }) => conversation === id);
    if (!last) {
      await this.#inbox.act(id, 'resolve');
      this.#inbox.on.resolved(id);
      return;
    }
    const waiting = 'seen' in last ? last : this.#resolveAfter(id);
    if (this.#stuck || !this.#inbox.online()) this.#tellThatItWaits(waiting);
  }

  #resolveAfter(conversation: string): OutgoingResolve {
    const seen = this.#inbox.conversations.get(conversation)?.last_inbound_seq ?? 0;
    const resolve = { key: crypto.randomUUID(), conversation, seen };
    this.#outbox.add(resolve);
    return resolve;
  }

  /** Leaves it open after all, or opens it again. */
  async keepOpen(id: string): Promise<void> {
    const resolved = this.#inbox.conversations.get(id)?.state === 'resolved';
    if (!this.#callOffResolve(id) && resolved) await this.#inbox.act(id, 'reopen');
  }

  /** Takes a message back that has not gone out; its text is written again, in an open conversation. */
  async undo(entry: Entry): Promise<void> {
    const id = entry.conversation_id;
    const thread = this.#inbox.threads.get(id);
    if (isLocal(entry)) {
      const key = entry.key ?? '';
      const waiting = this.#outbox.waiting.find((one) => one.key === key);
      this.#takenBack.add(key);
      this.#outbox.settle(key);
      this.#callOffResolve(id);
      thread?.remove([entry.id]);
      for (const file of entry.media) thread?.tray.putBack(file);
      const mode = entry.direction === 'note' ? 'note' : 'reply';
      thread?.giveBack(
        mode,
        entry.text ?? '',
        entry.reply_to,
        waiting && 'text' in waiting ? waiting : undefined,
      );
      return;
    }
    const taken = await remove<TakenBack>(`${this.#inbox.path}/messages/${entry.id}`);
    thread?.remove([entry.id]);
    if (taken.file) thread?.tray.putBack(taken.file);
    thread?.giveBack('reply', taken.text, entry.reply_to, carriedBy(taken));
    await this.keepOpen(id);
  }

  /** Hands over what waits, in order; gives how many messages had waited for a connection. */
  async flush(): Promise<number> {
    if (this.#flushing) return 0;
    this.#flushing = true;
    let sent = 0;
    try {
      while (!this.#closed) {
        const next = this.#outbox.waiting[0];
        if (!next) break;
        const thread = this.#inbox.threads.get(next.conversation);
        if (!this.#outbox.keeps(next.key)) {
          this.#outbox.settle(next.key);
          thread?.remove([localId(next.key)]);
          continue;
        }
        const waited = thread?.offline.has(next.key) ?? false;
        const outcome = await this.#handOver(next);
        this.#stuck = outcome === 'waits';
        if (this.#stuck) {
          this.#waitForConnection();
          break;
        }
        if (waited && outcome === 'sent') sent += 1;
      }
    } finally {
      this.#flushing = false;
    }
    return sent;
  }

  /** The server may be back before the live connection has noticed that it was gone. */
  #waitForConnection(): void {
    clearTimeout(this.#retry);
    if (this.#closed) return;
    this.#retry = setTimeout(() => void this.flush(), RETRY);
    for (const one of this.#outbox.waiting) {
      if ('text' in one) this.#inbox.threads.get(one.conversation)?.setOffline(one.key, true);
      else if ('seen' in one && !this.#told.has(one.key)) this.#tellThatItWaits(one);
    }
  }

  #tellThatItWaits({ key, conversation }: OutgoingResolve): void {
    this.#told.add(key);
    this.#inbox.on.resolvedLater(conversation);
  }

  #handOver(next: Outgoing): Promise<Outcome> {
    if ('text' in next) return this.#hand(next);
    return 'seen' in next ? this.#handResolve(next) : this.#handReopen(next);
  }

  async #hand(message: OutgoingText): Promise<Outcome> {
    const { key, conversation, mode, text, reply_to, file } = message;
    const thread = this.#inbox.threads.get(conversation);
    try {
      const path = `${this.#inbox.path}/conversations/${conversation}/messages`;
      const body = { kind: mode, text, key, reply_to, file: file?.id, ...carriedBy(message) };
      const entry = await post<Entry>(path, body);
      thread?.setOffline(key, false);
      if (file) thread?.tray.settled(file);
      if (this.#outbox.settle(key)) {
        thread?.take([entry], []);
        return 'sent';
      }
      if (this.#takenBack.delete(key)) await this.#withdraw(entry);
      return 'done';
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      // Without an answer it may have arrived all the same: a live frame will tell.
      if (this.#takenBack.has(key)) return 'done';
      if (thrown.temporary || this.#closed) return 'waits';
      return (await this.#giveBack(message, thrown)) ? 'done' : 'waits';
    }
  }

  /** The customer may have written meanwhile, or the answer before it have failed: then it stays open. */
  async #handResolve({ key, conversation, seen }: OutgoingResolve): Promise<Outcome> {
    try {
      const { last_inbound_seq, preview } = await this.#inbox.fetch(conversation);
      const stays = last_inbound_seq > seen || preview?.delivery === 'failed';
      if (stays) this.#outbox.settle(key);
      if (!this.#outbox.has(key)) return 'done';
      this.#resolving = key;
      await this.#inbox.act(conversation, 'resolve');
      if (this.#outbox.settle(key)) this.#inbox.on.resolved(conversation);
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      if (thrown.temporary || this.#closed) return 'waits';
      this.#outbox.settle(key);
      this.#inbox.on.refused(thrown);
    } finally {
      this.#resolving = undefined;
    }
    return 'done';
  }

  async #handReopen({ key, conversation }: OutgoingReopen): Promise<Outcome> {
    try {
      await this.#inbox.act(conversation, 'reopen');
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      if (thrown.temporary || this.#closed) return 'waits';
      this.#inbox.on.refused(thrown);
    }
    this.#outbox.settle(key);
    return 'done';
  }

  /** A text came back: its conversation is not resolved after it. False when that did not wait. */
  #callOffResolve(id: string): boolean {
    const waiting = this.#resolves(id);
    for (const { key } of waiting) {
      this.#outbox.settle(key);
      // It may arrive all the same, and is undone before what is wished next.
      if (key === this.#resolving) this.#outbox.add({ key: crypto.randomUUID(), conversation: id });
    }
    return waiting.length > 0;
  }

  #resolves(id: string): readonly Outgoing[] {
    return this.#outbox.waiting.filter((one) => one.conversation === id && 'seen' in one);
  }

  /** A refused text is written again, beside the server's draft. False when that is not known yet. */
  async #giveBack(message: OutgoingText, why: Problem): Promise<boolean> {
    const { key, conversation, mode, text, reply_to, file } = message;
    const thread = this.#inbox.thread(conversation);
    const known = thread.state === 'ready' || (await thread.load());
    if (!known || this.#closed) return false;
    if (this.#outbox.settle(key)) {
      this.#callOffResolve(conversation);
      thread.remove([localId(key)]);
      if (file && why.code !== 'file-not-there') thread.tray.putBack(file);
      thread.giveBack(mode, text, reply_to, message);
      this.#inbox.on.refused(why);
    }
    return true;
  }

  /** What was taken back on its way has arrived. */
  withdrawTakenBack(arrived: readonly Entry[]): void {
    for (const entry of arrived) {
      if (entry.key !== null && this.#takenBack.delete(entry.key)) void this.#withdraw(entry);
    }
  }

  /** Its text is written again already: what arrived of it must not go out. */
  async #withdraw(entry: Entry): Promise<void> {
    const thread = this.#inbox.threads.get(entry.conversation_id);
    try {
      await remove(`${this.#inbox.path}/messages/${entry.id}?kept=true`);
      thread?.remove([entry.id]);
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      thread?.take([entry], []);
      this.#inbox.on.refused(thrown);
    }
  }

  #show(thread: Thread, message: OutgoingText, offline: boolean): void {
    const last = Math.max(0, ...thread.entries.map((entry) => entry.seq));
    thread.take([optimistic(message, last + 1, this.#inbox.me())], []);
    thread.setOffline(message.key, offline);
  }
}

/** How a text stands in its thread until the server has told of it. */
function optimistic(message: OutgoingText, seq: number, agent: string): Entry {
  const { key, conversation, mode, text, at, reply_to, file } = message;
  const media = file ? [file] : [];
  const cards = partsOf(message);
  return {
    id: localId(key),
    seq,
    at,
    conversation_id: conversation,
    direction: mode === 'note' ? 'note' : 'out',
    kind: cards[0]?.type ?? file?.kind ?? 'text',
    text: text === '' ? null : text,
    parts: [...cards, ...media.map(({ kind }) => ({ type: 'media', kind }))] as Entry['parts'],
    media,
    agent_id: agent,
    delivery: mode === 'note' ? null : 'queued',
    delivered_at: null,
    seen_at: null,
    due_at: null,
    failure: null,
    failure_code: null,
    failure_detail: null,
    tries: 0,
    reply_to: reply_to ?? null,
    quote: null,
    about: null,
    reactions: [],
    edits: [],
    deleted_at: null,
    key,
    external_id: null,
    version: 0,
  };
}
