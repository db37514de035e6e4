import { get, patch, post, put, remove } from '$lib/api/client';
import { isProblem } from '$lib/api/problem';
import type { ContactFile, ContactFiles, ContactView, Conversation, ConversationPage } from '$lib/api/types';
import { problemText } from '$lib/i18n';
import { shownName, withShownNames } from '$lib/inbox/names';

const PAGE = 20;
/** The most rows that the server gives at once. */
const LARGEST_PAGE = 100;

/** One contact's page: what is known of it, and what an agent changes about it. */
export class ContactOnScreen {
  view = $state.raw<ContactView>();
  conversations = $state.raw<readonly Conversation[]>([]);
  next = $state<string | null>(null);
  files = $state.raw<readonly ContactFile[]>([]);
  nextFile = $state<string | null>(null);
  /** There is no such contact. */
  missing = $state(false);
  problem = $state<string>();

  readonly #ws: string;
  #id: string;
  /** Of two answers the one that was asked for later counts. */
  #asked = 0;

  constructor(ws: string, id: string) {
    this.#ws = ws;
    this.#id = id;
  }

  async load(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const [view, page, files] = await Promise.all([
        get<ContactView>(this.#path('')),
        get<ConversationPage>(this.#path(`/conversations?limit=${asManyAs(this.conversations)}`)),
        get<ContactFiles>(this.#path(`/files?limit=${asManyAs(this.files)}`)),
      ]);
      if (asked !== this.#asked) return;
      this.problem = undefined;
      this.#show(view);
      this.conversations = page.items.map(withShownNames);
      this.next = page.next;
      this.files = files.items;
      this.nextFile = files.next;
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.missing = isProblem(thrown, 'not-found');
      this.problem = problemText(thrown);
    }
  }

  async more(): Promise<void> {
    if (this.next === null) return;
    const before = encodeURIComponent(this.next);
    const page = await get<ConversationPage>(this.#path(`/conversations?limit=${PAGE}&before=${before}`));
    this.conversations = [...this.conversations, ...page.items.map(withShownNames)];
    this.next = page.next;
  }

  async moreFiles(): Promise<void> {
    if (this.nextFile === null) return;
    const page = await get<ContactFiles>(this.#path(`/files?limit=${PAGE}&before=${this.nextFile}`));
    this.files = [...this.files, ...page.items];
    this.nextFile = page.next;
  }

  async rename(name: string): Promise<void> {
    this.#show(await patch<ContactView>(this.#path(''), { name }));
  }

  async addNote(text: string): Promise<void> {
    this.#show(await post<ContactView>(this.#path('/notes'), { text }));
  }

  async removeNote(note: string): Promise<void> {
    this.#show(await remove<ContactView>(this.#path(`/notes/${note}`)));
  }

  async setAttribute(name: string, value: string | null): Promise<void> {
    this.#show(await put<ContactView>(this.#path('/attributes'), { name, value }));
  }

  async notTheSame(other: string): Promise<void> {
    this.#show(await post<ContactView>(this.#path('/not-the-same'), { other }));
  }

  /** Makes the other contact part of this one. */
  async merge(other: string, name: 'kept' | 'other'): Promise<void> {
    this.#show(await post<ContactView>(this.#path('/merge'), { other, name }));
    await this.load();
  }

  async undo(merge: string): Promise<void> {
    await post<ContactView>(`/workspaces/${this.#ws}/merges/${merge}/undo`);
    await this.load();
  }

  #show(view: ContactView): void {
    this.#asked += 1;
    this.#id = view.id;
    this.view = { ...view, name: shownName(view.name) || view.id };
  }

  #path(rest: string): string {
    return `/workspaces/${this.#ws}/contacts/${this.#id}${rest}`;
  }
}

/** A page that is loaded anew has the rows that are shown. */
function asManyAs(shown: readonly unknown[]): number {
  return Math.min(LARGEST_PAGE, Math.max(PAGE, shown.length));
}
