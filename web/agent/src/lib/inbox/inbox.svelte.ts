import { SvelteMap } from 'svelte/reactivity';
import { get, post, put } from '$lib/api/client';
import { isProblem } from '$lib/api/problem';
import type {
  Agent,
  ChangesFrame,
  Channel,
  Conversation,
  ConversationPage,
  Counters,
  Entry,
  Frame,
  Ingest,
  Me,
  Mode,
  Workspace,
  WorkspaceState,
} from '$lib/api/types';
import { clock, setBusinessTime } from '$lib/clock.svelte';
import type { LiveClient, LiveState } from '$lib/live/client';
import { openLive } from '$lib/live/socket';
import { forgetPreviews } from '$lib/files/previews';
import { session, whenForgotten } from '$lib/session.svelte';
import { unsavedDrafts } from './drafts';
import { type Change, ConversationList } from './list.svelte';
import { mergeConversation, type View } from './merge';
import { withShownNames } from './names';
import type { Carried } from './parts';
import { ReadMarks } from './reads';
import { Sending } from './sending';
import { Thread } from './thread.svelte';

const THREADS_KEPT = 30;
/** What did not come of a workspace that is loaded anew is asked for again after this time. */
const RETRY = 5_000;
/** Up to here unknown conversations of a live frame are asked for one by one. */
const ASKED_SINGLY = 5;

/** What a live frame brought, for sounds, notifications and announcements. */
export interface News {
  entries: readonly Entry[];
  before: (conversation: string) => Conversation | undefined;
}

/** One workspace's inbox in this browser: its conversations, lists, threads and live connection. */
export class Inbox {
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  problem = $state.raw<unknown>();
  workspace = $state.raw<Workspace>();
  me = $state.raw<Me>();
  agents = $state.raw<readonly Agent[]>([]);
  channels = $state.raw<readonly Channel[]>([]);
  counters = $state<Counters>({ mine: 0, unassigned: 0, all: 0, expiring: 0, resolved: 0 });
  ingest = $state<Ingest>('ok');
  live = $state.raw<LiveState>({ kind: 'connecting' });
  /** When the connection was lost; the lists show the state of that time. */
  lostAt = $state<number>();

  readonly id: string;
  readonly conversations = new SvelteMap<string, Conversation>();
  readonly threads = new Map<string, Thread>();
  onnews: (news: News) => void = () => undefined;
  /** Messages that had waited went out after the connection came back. */
  onbackonline: (sent: number) => void = () => undefined;
  /** The server refused a text, which came back, or refused to take one back. */
  onrefused: (thrown: unknown) => void = () => undefined;
  /** A conversation was resolved from here, at once or after the texts that waited before it. */
  onresolved: (conversation: string) => void = () => undefined;
  /** A conversation will be resolved when the connection is back, after the texts that wait before it. */
  onresolvedlater: (conversation: string) => void = () => undefined;
  /** A reply that was to go out with its files did not: one of them could not be had. */
  onnotsent: (conversation: string, file: string) => void = () => undefined;

  #path: string;
  #user: string;
  /** The conversation whose thread is on the screen, or was last. */
  #opened: string | undefined;
  #lists = new Map<string, ConversationList>();
  #client: LiveClient | undefined;
  #sending: Sending;
  #reads: ReadMarks;
  #resyncLater: ReturnType<typeof setTimeout> | undefined;
  /** Nothing more is asked for: the next answer could be another user's. */
  #closed = false;

  /** `user`: whose texts the browser keeps; another user of this browser must not find them. */
  constructor(id: string, user: string) {
    this.id = id;
    this.#user = user;
    this.#path = `/workspaces/${id}`;
    this.#reads = new ReadMarks(this.#path);
    this.#sending = new Sending(`${id}.${user}`, {
      path: this.#path,
      conversations: this.conversations,
      threads: this.threads,
      me: () => this.agentId,
      online: () => this.live.kind === 'online',
      thread: (conversation) => this.#threadOf(conversation),
      fetch: (conversation) => this.fetch(conversation),
      act: (conversation, action) => this.#act(conversation, action),
      on: {
        refused: (thrown) => this.onrefused(thrown),
        resolved: (conversation) => this.onresolved(conversation),
        resolvedLater: (conversation) => this.onresolvedlater(conversation),
      },
    });
  }

  get agentId(): string {
    return this.me?.agent_id ?? '';
  }

  agent(id: string | null): Agent | undefined {
    return id === null ? undefined : this.agents.find((agent) => agent.id === id);
  }

  channel(id: string): Channel | undefined {
    return this.channels.find((channel) => channel.id === id);
  }

  /** Whether anything can arrive: a channel that was disconnected is none. */
  get connected(): boolean {
    return this.channels.some(({ paused }) => paused !== 'disconnected');
  }

  /** Whether we can write first: only over WhatsApp. */
  get mayBegin(): boolean {
    return this.channels.some(({ kind, paused }) => kind === 'whatsapp' && paused !== 'disconnected');
  }

  /** Loads the workspace and goes live from its cursor. */
  async open(): Promise<void> {
    this.state = 'loading';
    try {
      const state = await get<WorkspaceState>(this.#path);
      if (this.#closed) return;
      this.#takeState(state);
      this.state = 'ready';
      this.#goLive(state.cursor);
    } catch (thrown) {
      this.problem = thrown;
      this.state = 'failed';
    }
  }

  close(): void {
    this.#closed = true;
    this.#sending.close();
    this.#reads.close();
    clearTimeout(this.#resyncLater);
    for (const thread of this.threads.values()) thread.close();
    this.#client?.stop();
    forgetPreviews();
  }

  wake(): void {
    this.#client?.wake();
  }

  /** The list of a view, loaded when it is first asked for. */
  list(view: View, query = ''): ConversationList {
    const key = `${view} ${query}`;
    let list = this.#lists.get(key);
    if (!list) {
      if (query !== '') this.#forgetSearches();
      list = new ConversationList(view, query, {
        me: () => this.agentId,
        now: () => clock.now(),
        find: (id) => this.conversations.get(id),
        page: (...asked) => this.#page(...asked),
      });
      this.#lists.set(key, list);
    }
    return list;
  }

  /** The thread of a conversation that is opened, kept for when it is opened again. */
  thread(id: string): Thread {
    this.#opened = id;
    return this.#threadOf(id);
  }

  #threadOf(id: string): Thread {
    let thread = this.threads.get(id);
    if (thread) {
      // What was asked for last is forgotten last.
      this.threads.delete(id);
      this.threads.set(id, thread);
      return thread;
    }
    thread = new Thread(this.id, id, unsavedDrafts(this.#user, id), (has) => this.#noteDraft(id, has));
    thread.tray.oncalledoff = (file) => this.onnotsent(id, file);
    this.#sending.showWaiting(thread);
    this.threads.set(id, thread);
    for (const [old, one] of this.threads) {
      if (this.threads.size <= THREADS_KEPT) break;
      if (old !== id && this.#mayDrop(one)) this.threads.delete(old);
    }
    return thread;
  }

  /** Whether nobody looks at it and nothing in it waits to be saved. */
  #mayDrop(thread: Thread): boolean {
    return thread.id !== this.#opened && !thread.dirty;
  }

  /** A conversation that was opened by its address. */
  async fetch(id: string): Promise<Conversation> {
    const conversation = await get<Conversation>(`${this.#path}/conversations/${id}`);
    this.keep([conversation]);
    return conversation;
  }

  async refreshCounters(): Promise<void> {
    try {
      Object.assign(this.counters, await get<Counters>(`${this.#path}/counters`));
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
    }
  }

  /** Takes newer states of conversations in, everywhere they are shown. */
  keep(incoming: readonly Conversation[]): void {
    const changes: Change[] = [];
    for (const conversation of incoming) {
      const before = this.conversations.get(conversation.id);
      const after = mergeConversation(before, withShownNames(conversation));
      this.conversations.set(after.id, after);
      changes.push({ before, after });
    }
    for (const list of this.#lists.values()) list.apply(changes);
  }

  // What the agent does ----------------------------------------------------

  async assign(id: string, agent: string | null): Promise<void> {
    await this.#act(id, 'assign', { agent_id: agent });
  }

  /** Resolves it after the texts of it that wait here; `onresolved` or `onresolvedlater` tells how that went. */
  async resolve(id: string): Promise<void> {
    await this.#sending.resolve(id);
  }

  /** Calls off that it is resolved, or opens it again if it is. */
  async keepOpen(id: string): Promise<void> {
    await this.#sending.keepOpen(id);
  }

  async reopen(id: string): Promise<void> {
    await this.#act(id, 'reopen');
  }

  async markUnread(id: string): Promise<void> {
    const thread = this.threads.get(id);
    if (thread) thread.heldUnread = true;
    this.#reads.forget(id);
    await this.#act(id, 'unread');
  }

  /** I have seen the conversation up to `seq`. */
  async markRead(id: string, seq: number): Promise<void> {
    const conversation = this.conversations.get(id);
    if (conversation && (conversation.read_seq ?? 0) >= seq) return;
    if (conversation) this.conversations.set(id, { ...conversation, read_seq: seq });
    await this.#reads.mark(id, seq);
  }

  /** Sends a reply with its files, or keeps a note. It waits here while there is no connection. */
  send(id: string, mode: Mode, text: string): void {
    this.#sending.send(id, mode, text);
  }

  /** Sends the reply that is being written once its files are there. */
  sendOnceThere(id: string, andResolve: boolean): void {
    this.#sending.sendOnceThere(id, andResolve);
  }

  /** Sends a reply that was put together in a dialog. */
  sendCarrying(id: string, text: string, carried: Carried, began = ''): void {
    this.#sending.sendCarrying(id, text, carried, began);
  }

  /** Puts an emoji on a customer's message, or takes ours back. */
  async react(entry: Entry, emoji: string | null): Promise<void> {
    const next = await put<Entry>(`${this.#path}/messages/${entry.id}/reaction`, { emoji });
    for (const thread of this.threads.values()) thread.take([next], []);
  }

  /** Takes a message back that has not gone out; its text is written again, in an open conversation. */
  async undo(entry: Entry): Promise<void> {
    await this.#sending.undo(entry);
  }

  async retry(entry: Entry, anyway: boolean): Promise<void> {
    const next = await post<Entry>(`${this.#path}/messages/${entry.id}/retry`, { anyway });
    this.threads.get(entry.conversation_id)?.take([next], []);
  }

  // What the server tells --------------------------------------------------

  #takeState(state: WorkspaceState): void {
    setBusinessTime(state.now);
    this.workspace = state.workspace;
    this.me = state.me;
    this.agents = state.agents;
    this.channels = state.channels;
    this.counters = state.counters;
    this.ingest = state.ingest;
  }

  #goLive(cursor: number): void {
    this.#client?.stop();
    this.#client = openLive(this.id, cursor, {
      onframe: (frame) => this.#take(frame),
      onstate: (state) => this.#connection(state),
    });
    this.#client.start();
  }

  #connection(state: LiveState): void {
    const was = this.live.kind;
    this.live = state;
    if (state.kind === 'waiting' && this.lostAt === undefined) this.lostAt = clock.now();
    if (state.kind !== 'online' || was === 'online') return;
    this.lostAt = undefined;
    void this.#reads.tellAll();
    void this.#sending.flush().then((sent) => sent > 0 && this.onbackonline(sent));
    for (const thread of this.threads.values()) {
      if (thread.state === 'failed') void thread.load();
      void thread.saveUnsaved();
    }
    for (const list of this.#lists.values()) if (list.state === 'failed') void list.load();
  }

  #take(frame: Frame): void {
    if ('now' in frame) setBusinessTime(frame.now);
    if (frame.type === 'changes') this.#takeChanges(frame);
    else if (frame.type === 'resync') void this.#resync();
    else if (frame.type === 'health') this.ingest = frame.ingest;
  }

  #takeChanges(frame: ChangesFrame): void {
    if (frame.agents) void this.#takeAgents(frame.agents);
    if (frame.channels) this.channels = frame.channels;
    const before = new Map(frame.conversations.map(({ id }) => [id, this.conversations.get(id)]));
    this.keep(frame.conversations);
    this.#takeReads(frame);
    for (const thread of this.threads.values()) thread.take(frame.entries, frame.removed);
    this.#sending.withdrawTakenBack(frame.entries);
    this.#takeDrafts(frame);
    this.#takeCounters(frame);
    void this.#learn(frame.conversations);
    this.onnews({
      entries: frame.entries,
      before: (id) => (before.has(id) ? before.get(id) : this.conversations.get(id)),
    });
  }

  /** A new role of mine brings other permissions, which the frame does not tell. */
  async #takeAgents(agents: readonly Agent[]): Promise<void> {
    this.agents = agents;
    const role = this.agent(this.agentId)?.role;
    if (!role || role === this.me?.role) return;
    try {
      this.me = (await get<WorkspaceState>(this.#path)).me;
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
    }
  }

  #takeReads(frame: ChangesFrame): void {
    for (const { agent_id, conversation_id, seq } of frame.reads) {
      const conversation = this.conversations.get(conversation_id);
      if (agent_id !== this.agentId || !conversation) continue;
      this.conversations.set(conversation_id, { ...conversation, read_seq: seq });
    }
  }

  #takeDrafts(frame: ChangesFrame): void {
    const returned = frame.entries.filter(({ kind }) => kind === 'returned_to_draft');
    for (const { agent_id, conversation_id } of frame.drafts) {
      if (agent_id !== this.agentId) continue;
      const came = returned.some((entry) => entry.conversation_id === conversation_id);
      const thread = this.threads.get(conversation_id);
      if (thread) void thread.refreshDrafts(came);
      else if (this.conversations.has(conversation_id)) void this.#learnDraft(conversation_id);
    }
  }

  /** Whether there is a draft stands in the list, also of conversations that are not open here. */
  async #learnDraft(id: string): Promise<void> {
    try {
      await this.fetch(id);
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
    }
  }

  #takeCounters({ counters }: ChangesFrame): void {
    const { mine, ...moved } = counters;
    Object.assign(this.counters, moved);
    this.counters.mine = mine[this.agentId] ?? this.counters.mine;
  }

  /** A live frame does not tell what I have read of a conversation this browser did not know. */
  async #learn(conversations: readonly Conversation[]): Promise<void> {
    const unknown = conversations.filter(({ id }) => this.conversations.get(id)?.read_seq === undefined);
    if (unknown.length === 0) return;
    try {
      if (unknown.length > ASKED_SINGLY) await this.#reloadLists();
      else await Promise.all(unknown.map(({ id }) => this.fetch(id)));
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
    }
  }

  /** The server no longer has what we missed: what is on the screen is asked for again. */
  async #resync(): Promise<void> {
    clearTimeout(this.#resyncLater);
    if ((await this.#loadAnew()) || this.#closed) return;
    this.#resyncLater = setTimeout(() => void this.#resync(), RETRY);
  }

  /** False when something of it did not come, and may later. */
  async #loadAnew(): Promise<boolean> {
    try {
      this.#takeState(await get<WorkspaceState>(this.#path));
      if (!(await this.#reloadLists())) return false;
      // Also under the pointer: rows that are gone cannot be opened.
      for (const list of this.#lists.values()) list.catchUp();
      const listed = new Set([...this.#lists.values()].flatMap(({ ids }) => ids));
      // What nobody looks at is asked for when it is opened again.
      for (const [id, thread] of this.threads) {
        if (!this.#mayDrop(thread)) continue;
        this.threads.delete(id);
        if (!listed.has(id)) this.conversations.delete(id);
      }
      const unlisted = [...this.threads.keys()].filter((id) => !listed.has(id));
      await Promise.all(unlisted.map((id) => this.#fetchOrForget(id)));
      const loaded = await Promise.all([...this.threads.values()].map((thread) => thread.load(true)));
      for (const thread of this.threads.values()) this.#sending.withdrawTakenBack(thread.entries);
      return loaded.every(Boolean);
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      return !thrown.temporary;
    }
  }

  async #fetchOrForget(id: string): Promise<void> {
    try {
      await this.fetch(id);
    } catch (thrown) {
      if (!isProblem(thrown) || thrown.status !== 404) throw thrown;
      this.conversations.delete(id);
      const thread = this.threads.get(id);
      thread?.close();
      // What could not be saved can still be copied.
      if (!thread?.dirty) this.threads.delete(id);
    }
  }

  async #reloadLists(): Promise<boolean> {
    const loaded = await Promise.all([...this.#lists.values()].map((list) => list.load()));
    return loaded.every(Boolean);
  }

  async #page(view: View, query: string, before: string | null): Promise<ConversationPage> {
    const asked = new URLSearchParams({ view, limit: '50' });
    if (query !== '') asked.set('q', query);
    if (before !== null) asked.set('before', before);
    const page = await get<ConversationPage>(`${this.#path}/conversations?${asked}`);
    for (const item of page.items) {
      this.conversations.set(
        item.id,
        mergeConversation(this.conversations.get(item.id), withShownNames(item)),
      );
    }
    return page;
  }

  async #act(id: string, action: string, body: unknown = {}): Promise<void> {
    this.keep([await post<Conversation>(`${this.#path}/conversations/${id}/${action}`, body)]);
  }

  #forgetSearches(): void {
    for (const [key, list] of this.#lists) if (list.query !== '') this.#lists.delete(key);
  }

  #noteDraft(id: string, has: boolean): void {
    const conversation = this.conversations.get(id);
    if (conversation && conversation.draft !== has) {
      this.conversations.set(id, { ...conversation, draft: has });
    }
  }
}

let opened: Inbox | undefined;

/** The inbox of a workspace. It stays open while the agent looks at other pages. */
export function inboxOf(workspace: string): Inbox {
  if (opened?.id === workspace) return opened;
  opened?.close();
  opened = new Inbox(workspace, session.user?.id ?? '');
  whenForgotten(closeInbox);
  void opened.open();
  return opened;
}

/** Signed out: nothing of the workspace stays in memory. */
function closeInbox(): void {
  opened?.close();
  opened = undefined;
}
