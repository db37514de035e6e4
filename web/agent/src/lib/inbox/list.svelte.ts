import { isProblem } from '$lib/api/problem';
import type { Conversation, ConversationPage } from '$lib/api/types';
import { belongs, compareIn, reorder, type View } from './merge';

export interface ListSource {
  me: () => string;
  now: () => number;
  find: (id: string) => Conversation | undefined;
  /** Asks the server for a page and keeps its conversations. */
  page: (view: View, find: string, before: string | null) => Promise<ConversationPage>;
}

export interface Change {
  before: Conversation | undefined;
  after: Conversation;
}

/** One view of the inbox: the loaded part of a long sorted list. */
export class ConversationList {
  /** What is on the screen. While held, arrivals do not move it. */
  ids = $state.raw<readonly string[]>([]);
  state = $state<'empty' | 'loading' | 'ready' | 'failed'>('empty');
  loadingMore = $state(false);
  /** Conversations that wait to be shown because the pointer is over the list. */
  arrivals = $state.raw<ReadonlySet<string>>(new Set());
  /** When the server last told us the whole truth. */
  loadedAt = $state(0);

  readonly view: View;
  readonly query: string;
  #source: ListSource;
  #order: readonly string[] = [];
  #next: string | null = null;
  #held = false;
  #loading = false;
  #late: Change[] = [];
  #generation = 0;

  constructor(view: View, query: string, source: ListSource) {
    this.view = view;
    this.query = query;
    this.#source = source;
  }

  /** Whether there are more conversations than are loaded. */
  get hasMore(): boolean {
    return this.#next !== null;
  }

  /** Loads the first page anew; what is shown stays until it has come. False when it did not, and may later. */
  async load(): Promise<boolean> {
    this.#generation += 1;
    const generation = this.#generation;
    if (this.state !== 'ready') this.state = 'loading';
    this.#loading = true;
    this.#late = [];
    try {
      const page = await this.#source.page(this.view, this.query, null);
      if (generation !== this.#generation) return true;
      this.#order = page.items.map((item) => item.id);
      this.#next = page.next;
      this.loadedAt = this.#source.now();
      this.state = 'ready';
      this.#loading = false;
      this.apply(this.#late);
      this.#showLoaded();
      return true;
    } catch (thrown) {
      if (generation !== this.#generation) return true;
      this.#loading = false;
      if (this.state !== 'ready') this.state = 'failed';
      return !(isProblem(thrown) && thrown.temporary);
    }
  }

  /** Loads the next page, as the end of the list comes near. */
  async more(): Promise<void> {
    if (this.loadingMore || this.#next === null) return;
    this.loadingMore = true;
    const generation = this.#generation;
    try {
      const page = await this.#source.page(this.view, this.query, this.#next);
      if (generation !== this.#generation) return;
      const known = new Set(this.#order);
      const fresh = page.items.map((item) => item.id).filter((id) => !known.has(id));
      this.#order = [...this.#order, ...fresh];
      this.#next = page.next;
      const shown = new Set(this.ids);
      this.ids = this.#held ? [...this.ids, ...fresh.filter((id) => !shown.has(id))] : this.#order;
    } catch {
      // The rows that are shown stay; scrolling on asks again.
    } finally {
      this.loadingMore = false;
    }
  }

  /** Takes changes in: who left, who came, who moved. Whom a search finds, only the server knows. */
  apply(changes: readonly Change[]): void {
    // The page on its way may have been read before these changes.
    if (this.#loading) this.#late.push(...changes);
    if (this.state !== 'ready' || changes.length === 0) return;
    if (this.query !== '') return this.#dropStrangers(changes);
    // What changed twice while a page was on its way has one place.
    const latest = new Map(changes.map(({ after }) => [after.id, after]));
    const changed = new Set(latest.keys());
    const inserts = [...latest.values()].filter((after) => this.#reaches(after));
    this.#order = reorder(this.#order, changed, inserts, this.#source.find, compareIn(this.view));
    if (!this.#held) {
      this.#show();
      return;
    }
    const moved = changes
      .filter((change) => this.#isNews(change))
      .map(({ after }) => after.id)
      .filter((id) => this.ids[0] !== id);
    if (moved.length > 0) this.arrivals = new Set([...this.arrivals, ...moved]);
  }

  /** The pointer came over the list: from now on nothing moves under it. */
  hold(): void {
    this.#held = true;
  }

  /** The pointer left: what waited is shown. */
  release(): void {
    this.#held = false;
    this.#show();
  }

  /** Shows what waited, and goes on holding if the pointer is still there. */
  catchUp(): void {
    this.#show();
  }

  #dropStrangers(changes: readonly Change[]): void {
    const left = new Set(changes.filter(({ after }) => !this.#belongs(after)).map(({ after }) => after.id));
    if (left.size === 0) return;
    this.#order = this.#order.filter((id) => !left.has(id));
    if (!this.#held) this.#show();
  }

  #show(): void {
    this.ids = this.#order;
    if (this.arrivals.size > 0) this.arrivals = new Set();
  }

  /** A page that is loaded anew moves nothing under the pointer either. */
  #showLoaded(): void {
    if (!this.#held || this.ids.length === 0) return this.#show();
    const shown = new Set(this.ids);
    this.arrivals = new Set(this.#order.filter((id) => !shown.has(id) || this.arrivals.has(id)));
  }

  #belongs(conversation: Conversation): boolean {
    return belongs(this.view, conversation, this.#source.me(), this.#source.now());
  }

  /** Whether it is worth a look; what I did myself is not. */
  #isNews({ before, after }: Change): boolean {
    if (!this.#reaches(after) || before?.last_at === after.last_at) return false;
    const mine = after.preview?.agent_id === this.#source.me();
    return !mine || before?.last_inbound_seq !== after.last_inbound_seq;
  }

  /** Whether a conversation belongs to the part of the list that is loaded. */
  #reaches(conversation: Conversation): boolean {
    if (!this.#belongs(conversation)) return false;
    if (this.#next === null) return true;
    const lastId = this.#order.findLast((id) => id !== conversation.id);
    const last = lastId === undefined ? undefined : this.#source.find(lastId);
    return !last || compareIn(this.view)(conversation, last) <= 0;
  }
}
