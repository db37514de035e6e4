import { get, post, put } from '$lib/api/client';
import { isProblem } from '$lib/api/problem';
import type { Drafts, Entry, Mode, ThreadPage } from '$lib/api/types';
import { Tray } from '$lib/files/tray.svelte';
import type { UnsavedDrafts } from './drafts';
import { Forms } from './forms.svelte';
import { mergeEntries } from './merge';
import { isLocal } from './outbox';
import { carriedBy, type Carried } from './parts';

const PAGE = 50;
/** Unread messages are loaded in up to this many more pages before a thread is shown. */
const UNREAD_PAGES = 3;
/** A quoted message is looked for in this many older pages. */
const SEARCHED_PAGES = 200;
const IDLE = 500;
/** A draft that is not saved in this time is given up, so that what is typed next can be. */
const PATIENCE = 15_000;
/** What could not be saved is saved again after this time: the connection may have been gone unnoticed. */
const RETRY = 5_000;
/** The frame that tells of a draft we saved ourselves comes within this time: until then it is no news. */
const ECHO = 1_500;
/** The customer sees for 25 s that an answer is being written. */
const TOLD = 20_000;
const MODES: readonly Mode[] = ['reply', 'note'];

/** The messages of one conversation, and what I am writing in it. */
export class Thread {
  entries = $state.raw<readonly Entry[]>([]);
  state = $state<'empty' | 'loading' | 'ready' | 'failed'>('empty');
  loadingOlder = $state(false);
  /** What was new when I opened it, by sequence: the line "new messages" stands before the first of it. */
  fresh = $state.raw({ after: 0, upTo: 0 });
  drafts = $state<Record<Mode, string>>({ reply: '', note: '' });
  /** The message that what is written answers. */
  quoting = $state.raw<Entry>();
  /** Optimistic messages that wait for a connection, by key. */
  offline = $state.raw<ReadonlySet<string>>(new Set());
  /** When the window closed over text that was being written. */
  closedOver = $state(false);
  /** Marked unread by hand: not read again by looking on. */
  heldUnread = false;

  readonly id: string;
  /** The files that go with the reply. */
  readonly tray: Tray;
  /** The replies that are put together in dialogs. */
  readonly forms: Forms;
  #path: string;
  #unsaved: UnsavedDrafts;
  #mode = $state<Mode>('reply');
  #modeChosen = false;
  #older: string | null = null;
  #loadingOlder: Promise<void> | undefined;
  #timers = new Map<Mode, ReturnType<typeof setTimeout>>();
  #saving: Record<Mode, Promise<void>> = { reply: Promise.resolve(), note: Promise.resolve() };
  #savedAt = 0;
  #toldTypingAt = -Infinity;
  /** The server's text that mine goes on from and may replace; null: one that only an earlier page knew. */
  #base: Partial<Record<Mode, string | null>> = {};
  #refresh: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #ondraft: (has: boolean) => void;

  constructor(workspace: string, id: string, unsaved: UnsavedDrafts, ondraft: (has: boolean) => void) {
    this.#unsaved = unsaved;
    this.forms = new Forms(unsaved.owner);
    for (const mode of MODES) {
      const text = unsaved.read(mode);
      this.drafts[mode] = text ?? '';
      if (text !== null && !unsaved.isApart(mode)) this.#base[mode] = null;
    }
    this.id = id;
    this.#path = `/workspaces/${workspace}/conversations/${id}`;
    this.#ondraft = ondraft;
    this.tray = new Tray(this.#path, {
      changed: () => this.#tellDraft(),
      missed: () => void this.refreshDrafts(),
    });
    this.#goOnWithNote();
  }

  /** The mode the composer is in. */
  get mode(): Mode {
    return this.#mode;
  }

  set mode(chosen: Mode) {
    this.#mode = chosen;
    this.#modeChosen = true;
  }

  get hasOlder(): boolean {
    return this.#older !== null;
  }

  /** Whether something of what is written is nowhere else. */
  get dirty(): boolean {
    return this.#timers.size > 0 || this.tray.unsaved;
  }

  /**
   * Loads the newest page. What is shown stays until the page is there; `anew`: then the page replaces it.
   * False when no page came but one may come later.
   */
  async load(anew = false): Promise<boolean> {
    if (this.state === 'empty') this.state = 'loading';
    const savedAt = this.#savedAt;
    const { version } = this.tray;
    const stale = new Set(anew ? this.entries : []);
    try {
      const page = await get<ThreadPage>(`${this.#path}/thread?limit=${PAGE}`);
      const first = this.state !== 'ready';
      if (anew || first || !this.#meets(page)) {
        this.#older = page.older;
        const kept = this.#newerThan(page.cursor).filter((entry) => isLocal(entry) || !stale.has(entry));
        this.entries = mergeEntries(kept, page.entries);
      } else {
        this.entries = mergeEntries(this.entries, page.entries);
      }
      // What was saved meanwhile is newer than the page.
      this.tray.adopt(page.drafts.files, version);
      if (savedAt === this.#savedAt) this.#adopt(page.drafts, false);
      else this.#takeDrafts(page.drafts);
      if (first) {
        this.#goOnWithNote();
        await this.#loadUnread(page.read_seq);
        this.opened(page.read_seq);
      }
      this.state = 'ready';
      return true;
    } catch (thrown) {
      if (this.state !== 'ready') this.state = 'failed';
      if (!isProblem(thrown)) throw thrown;
      return !thrown.temporary;
    }
  }

  /**
   * Who comes back to a half-written note goes on with the note: what they type blindly must not go to the customer.
   * Not under the hands of somebody who chose, or has begun a reply.
   */
  #goOnWithNote(): void {
    if (!this.#modeChosen && this.drafts.reply === '' && this.drafts.note !== '') this.#mode = 'note';
  }

  /** I come to it having seen it up to `seen`. */
  opened(seen: number): void {
    this.heldUnread = false;
    this.fresh = { after: seen, upTo: Math.max(0, ...this.entries.map((entry) => entry.seq)) };
  }

  /** Loads the page before what is shown; asked again meanwhile, it is the same page. */
  loadOlder(): Promise<void> {
    this.#loadingOlder ??= this.#loadPageBefore().finally(() => (this.#loadingOlder = undefined));
    return this.#loadingOlder;
  }

  /** Loads older pages until the entry is there. `goesOn` hears after each page how many entries there are. */
  async loadUntil(id: string, goesOn: (loaded: number) => boolean): Promise<'found' | 'absent' | 'failed'> {
    for (let pages = 0; ; pages += 1) {
      if (this.entries.some((entry) => entry.id === id)) return 'found';
      const before = this.#older;
      if (before === null || pages === SEARCHED_PAGES) return 'absent';
      await this.loadOlder();
      if (this.#older === before) return 'failed';
      if (!goesOn(this.entries.length)) return 'absent';
    }
  }

  /** Who comes back begins where they stopped reading, if that is not too far back. */
  async #loadUnread(read: number): Promise<void> {
    for (let pages = 0; pages < UNREAD_PAGES && this.#older !== null; pages += 1) {
      const oldest = this.entries[0];
      if (read === 0 || !oldest || oldest.seq <= read) return;
      await this.loadOlder();
    }
  }

  async #loadPageBefore(): Promise<void> {
    const before = this.#older;
    if (before === null) return;
    this.loadingOlder = true;
    try {
      const path = `${this.#path}/thread?limit=${PAGE}&before=${encodeURIComponent(before)}`;
      const page = await get<ThreadPage>(path);
      // The thread was loaded anew meanwhile: this page would leave a hole in it.
      if (this.#older !== before) return;
      this.#older = page.older;
      this.entries = mergeEntries(this.entries, page.entries);
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
    } finally {
      this.loadingOlder = false;
    }
  }

  /** Takes in entries of this thread, and new states of those it shows from older conversations. */
  take(incoming: readonly Entry[], removed: readonly string[]): void {
    const known = new Set(this.entries.map((entry) => entry.id));
    const mine = incoming.filter((entry) => entry.conversation_id === this.id || known.has(entry.id));
    if (mine.length > 0) this.entries = mergeEntries(this.entries, mine);
    if (removed.some((id) => known.has(id))) this.remove(removed);
  }

  remove(ids: readonly string[]): void {
    this.entries = this.entries.filter((entry) => !ids.includes(entry.id));
  }

  setOffline(key: string, waiting: boolean): void {
    const next = new Set(this.offline);
    if (waiting) next.add(key);
    else next.delete(key);
    this.offline = next;
  }

  /** The agent typed: saved on the server once the keys rest, and seen by the customer where the channel has it so. */
  write(mode: Mode, text: string): void {
    this.#keep(mode, text);
    if (mode === 'reply' && text.trim() !== '') void this.#tellTyping();
  }

  async #tellTyping(): Promise<void> {
    if (Date.now() - this.#toldTypingAt < TOLD) return;
    this.#toldTypingAt = Date.now();
    try {
      await post(`${this.#path}/typing`);
    } catch (thrown) {
      // Nobody waits for it.
      if (!isProblem(thrown)) throw thrown;
    }
  }

  #keep(mode: Mode, text: string): void {
    this.drafts[mode] = text;
    this.#unsaved.keep(mode, text, this.#base[mode] === undefined);
    this.#saveIn(mode, IDLE);
  }

  /** Puts a text in front of what is written, such as one that was taken back. */
  giveBack(mode: Mode, text: string, quoting?: string | null, carried: Carried = {}): void {
    if (quoting) this.quoting ??= this.entries.find(({ id }) => id === quoting);
    const came = carriedBy(carried);
    if (came) this.forms.takeBack(came, text);
    if (text === '') return;
    const present = this.drafts[mode];
    this.#keep(mode, present === '' || present === text ? text : `${text}\n${present}`);
  }

  /** What a reply from a dialog began with has gone out with it; what else is written stays. */
  drawUpon(text: string): void {
    const written = this.drafts.reply;
    if (text === '') return;
    if (written === text) this.clear('reply');
    else if (written.startsWith(`${text}\n`)) this.#keep('reply', written.slice(text.length + 1));
    else this.#keep('reply', withoutEnd(written, `\n${text}`));
  }

  /** The text went out: nothing is left to save, but the server must forget what it has. */
  clear(mode: Mode): void {
    this.#toldTypingAt = -Infinity;
    this.#keep(mode, '');
    if (this.#base[mode] === undefined) this.#forget(mode);
    void this.save(mode);
  }

  /** Saves in order: what is typed last stands last on the server. */
  save(mode: Mode): Promise<void> {
    clearTimeout(this.#timers.get(mode));
    if (this.#base[mode] === undefined) return Promise.resolve();
    const saved = this.#saving[mode].then(() => this.#put(mode));
    this.#saving[mode] = saved.catch(() => undefined);
    return saved;
  }

  async #put(mode: Mode): Promise<void> {
    const text = this.drafts[mode];
    this.#savedAt = Date.now();
    try {
      await put(`${this.#path}/drafts/${mode}`, { text }, AbortSignal.timeout(PATIENCE));
      this.#base[mode] = text;
      if (this.drafts[mode] === text) this.#forget(mode);
      this.#savedAt = Date.now();
      this.#tellDraft();
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      if (thrown.temporary) this.#saveIn(mode, RETRY);
    }
  }

  #saveIn(mode: Mode, wait: number): void {
    clearTimeout(this.#timers.get(mode));
    if (this.#closed) return;
    this.#timers.set(
      mode,
      setTimeout(() => void this.save(mode), wait),
    );
  }

  /** Nothing of it is left to save. */
  #forget(mode: Mode): void {
    clearTimeout(this.#timers.get(mode));
    this.#timers.delete(mode);
    // Another tab keeps its text in the same place.
    if (this.#unsaved.read(mode) === this.drafts[mode]) this.#unsaved.forget(mode);
  }

  /** What is not saved yet stays in the browser. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    clearTimeout(this.#refresh);
    this.tray.close();
  }

  /** Saves what could not be saved while there was no connection; what another tab keeps is its own to save. */
  async saveUnsaved(): Promise<void> {
    void this.tray.retry();
    for (const mode of MODES) if (this.#timers.has(mode)) await this.save(mode);
  }

  /** My draft changed: here, in another tab, or, `returned`, because a text came back from sending. */
  async refreshDrafts(returned = false): Promise<void> {
    clearTimeout(this.#refresh);
    const echo = this.#savedAt + ECHO - Date.now();
    if (!returned && echo > 0) {
      this.#refresh = setTimeout(() => void this.refreshDrafts(), echo);
      return;
    }
    const savedAt = this.#savedAt;
    const { version } = this.tray;
    try {
      const page = await get<ThreadPage>(`${this.#path}/thread?limit=1`);
      this.tray.adopt(page.drafts.files, version);
      // What was saved meanwhile is newer than the answer, and its own frame follows.
      if (savedAt === this.#savedAt) this.#adopt(page.drafts, returned);
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
    }
  }

  /** Takes the server's texts over, but not where this tab has typing that is not saved yet: that is saved next. */
  #adopt(drafts: Drafts, returned: boolean): void {
    this.#takeDrafts(drafts);
    for (const mode of MODES) {
      const base = this.#base[mode] ?? '';
      const text = drafts[mode] ?? '';
      this.#base[mode] = text;
      if (text === base) continue;
      if (!this.#timers.has(mode)) this.drafts[mode] = text;
      else if (returned) this.giveBack(mode, withoutEnd(text, `\n${base}`));
    }
    this.#tellDraft();
  }

  #tellDraft(): void {
    this.#ondraft(MODES.some((mode) => this.drafts[mode] !== '') || this.tray.there.length > 0);
  }

  /** Takes the server's texts when they first come; what was typed before goes on after them. */
  #takeDrafts(drafts: Drafts): void {
    for (const mode of MODES) {
      const base = this.#base[mode];
      if (typeof base === 'string') continue;
      const unsaved = this.#unsaved.read(mode);
      const text = drafts[mode] ?? '';
      this.#base[mode] = text;
      if (unsaved === null) this.drafts[mode] = text;
      else if (base === undefined && text !== '') this.giveBack(mode, text);
      else this.drafts[mode] = unsaved;
      if (unsaved !== null) void this.save(mode);
    }
  }

  /** Whether a page continues what is loaded without a gap. */
  #meets(page: ThreadPage): boolean {
    const known = new Set(this.entries.map((entry) => entry.id));
    return page.entries.some((entry) => known.has(entry.id));
  }

  /** What a page that was read at `cursor` cannot hold: what is not sent yet, and what came since. */
  #newerThan(cursor: number): Entry[] {
    return this.entries.filter((entry) => isLocal(entry) || entry.version > cursor);
  }
}

function withoutEnd(text: string, end: string): string {
  return text.endsWith(end) ? text.slice(0, -end.length) : text;
}
