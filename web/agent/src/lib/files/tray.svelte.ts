import { get, remove } from '$lib/api/client';
import { isProblem, Problem } from '$lib/api/problem';
import type { Media, Taken } from '$lib/api/types';
import { useTexts } from '$lib/i18n';
import type { Refusal, Remade } from './check';

/** How far a file has come on its way to the server. */
export type Progress =
  | { is: 'checked' }
  | { is: 'waiting' }
  | { is: 'uploading'; sent: number; secondsLeft: number | undefined }
  | { is: 'there'; media: Media }
  | { is: 'failed'; problem: Problem }
  | { is: 'refused'; refusal: Refusal };

let lastPlace = 0;

/** The place of a file that is attached now, behind all that were attached before, here or in an earlier page. */
function nextPlace(): number {
  lastPlace = Math.max(Date.now(), lastPlace + 1);
  return lastPlace;
}

/** A file that goes with what is being written. */
export class Attached {
  progress = $state.raw<Progress>({ is: 'checked' });
  /** The bytes, until the server has them: those that were chosen, or a JPEG made of them. */
  file = $state.raw<File>();
  remade = $state<Remade>();
  /** Where this browser shows it from. */
  url = $state<string>();
  readonly key = crypto.randomUUID();
  readonly voice: boolean;
  /** By which the server orders the files of the draft. */
  readonly place = nextPlace();
  readonly #stop = new AbortController();

  private constructor(voice: boolean) {
    this.voice = voice;
  }

  static chosen(file: File, voice: boolean): Attached {
    const item = new Attached(voice);
    item.file = file;
    item.url = URL.createObjectURL(file);
    return item;
  }

  static onServer(media: Media): Attached {
    const item = new Attached(media.kind === 'voice');
    item.progress = { is: 'there', media };
    return item;
  }

  get name(): string {
    return this.media?.name ?? this.file?.name ?? '';
  }

  get size(): number {
    return this.media?.size ?? this.file?.size ?? 0;
  }

  get media(): Media | undefined {
    return this.progress.is === 'there' ? this.progress.media : undefined;
  }

  get onItsWay(): boolean {
    return ['checked', 'waiting', 'uploading'].includes(this.progress.is);
  }

  /** Aborted once nobody wants it any more. */
  get unwanted(): AbortSignal {
    return this.#stop.signal;
  }

  /** Nobody wants it any more. What is shown from the server's id stays. */
  drop(): void {
    this.#stop.abort();
    if (this.url !== undefined && this.progress.is !== 'there') URL.revokeObjectURL(this.url);
  }
}

/** What goes on outside when a tray changes. */
export interface Watched {
  changed: () => void;
  /** Something of another tab's may have been missed while uploads ran. */
  missed: () => void;
}

const MOST = 30;

/** The files that go with what is being written in one conversation. Uploads go on whatever the agent looks at. */
export class Tray {
  /** In the order in which they are sent. */
  items = $state.raw<readonly Attached[]>([]);
  /** What is done once all files are there: the agent wants to send already. */
  wish = $state.raw<() => void>();
  /** The wish was called off, because of this file. */
  oncalledoff: (file: string) => void = () => undefined;

  #path: string;
  #on: Watched;
  #takes: Promise<readonly Taken[]> | undefined;
  /** Files that are no longer of the draft, whatever the server says still. */
  #gone = new Set<string>();
  #changes = 0;
  #missed = false;

  /** `path`: of the conversation. */
  constructor(path: string, on: Watched) {
    this.#path = `${path}/uploads`;
    this.#on = on;
  }

  get uploads(): string {
    return this.#path;
  }

  /** Moves with every change of ours: an answer that was asked for before one is old. */
  get version(): number {
    return this.#changes;
  }

  /** The files that can be sent now. */
  get there(): Media[] {
    return this.items.flatMap(({ media }) => media ?? []);
  }

  get busy(): boolean {
    return this.items.some(({ onItsWay }) => onItsWay);
  }

  /** The first file that did not get through. */
  get failed(): Attached | undefined {
    return this.items.find(({ progress }) => progress.is === 'failed');
  }

  /** Whether something in it is nowhere else. */
  get unsaved(): boolean {
    return this.busy || this.failed !== undefined;
  }

  /** What the channel takes; asked for once. */
  takes(): Promise<readonly Taken[]> {
    this.#takes ??= get<{ takes: Taken[] }>(this.#path).then(
      ({ takes }) => takes,
      (thrown: unknown) => {
        this.#takes = undefined;
        throw thrown;
      },
    );
    return this.#takes;
  }

  /** Attaches files: each is checked, made fit if it can be, and uploaded. */
  async add(files: readonly File[], voice = false): Promise<void> {
    const room = Math.max(0, MOST - this.items.length);
    const items = files.slice(0, room).map((file) => Attached.chosen(file, voice));
    this.items = [...this.items, ...items];
    await this.#bring(items);
    if (files.length > room) (await import('./attach')).tellTooMany(MOST);
  }

  /** Uploads again what failed; without `item`, what failed for want of a connection or of a server. */
  async retry(item?: Attached): Promise<void> {
    const failed = this.items.filter(
      ({ progress }) => progress.is === 'failed' && (item !== undefined || progress.problem.temporary),
    );
    await this.#bring(item ? [item] : failed);
  }

  async #bring(items: readonly Attached[]): Promise<void> {
    for (const item of items) item.progress = { is: 'checked' };
    if (items.length === 0) return;
    const loaded = await Promise.all([import('./attach'), useTexts('files')]).catch(() => undefined);
    if (loaded) await Promise.all(items.map((item) => loaded[0].bring(item, this)));
    else for (const item of items) this.end(item, { is: 'failed', problem: new Problem(0, 'offline') });
  }

  /** A file has come to an end of its way. */
  end(item: Attached, progress: Progress): void {
    if (!this.items.includes(item)) return;
    item.progress = progress;
    const twin = (one: Attached) => one !== item && one.media && one.media.id === item.media?.id;
    this.items = this.items.filter((one) => !twin(one));
    if (progress.is !== 'there') this.#callOff(item.name);
    this.#changed();
  }

  /** The agent does not want to send this file. */
  async remove(item: Attached): Promise<void> {
    const at = this.items.indexOf(item);
    this.items = this.items.filter((one) => one !== item);
    item.drop();
    this.#changed();
    if (!item.media || (await this.discard(item.media))) return;
    this.#gone.delete(item.media.id);
    this.items = this.items.toSpliced(at, 0, item);
    this.#changed();
  }

  /** Takes a file from the server. False when that did not work. */
  async discard({ id }: Media): Promise<boolean> {
    this.#gone.add(id);
    this.items = this.items.filter(({ media }) => media?.id !== id);
    try {
      await remove(`${this.#path}/${id}`);
      this.settled({ id });
      return true;
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      return !thrown.temporary;
    }
  }

  /** The files that are sent now; what is not there stays. */
  take(): Media[] {
    const files = this.there;
    this.without(files);
    this.items = this.items.filter(({ media }) => media === undefined);
    this.#changed();
    return files;
  }

  /** These files wait to be sent already. */
  without(files: readonly Media[]): void {
    for (const { id } of files) this.#gone.add(id);
  }

  /** The server has heard that it is no longer of the draft: should it come back, it is news. */
  settled({ id }: Pick<Media, 'id'>): void {
    if (this.#gone.delete(id)) this.#changes += 1;
  }

  /** A file that was sent came back. */
  putBack(media: Media): void {
    this.#gone.delete(media.id);
    if (this.there.some(({ id }) => id === media.id)) return;
    this.items = [Attached.onServer(media), ...this.items];
    this.#changed();
  }

  /** Takes the server's list over, which was asked for at `version`. */
  adopt(files: readonly Media[], version: number): void {
    if (this.busy) this.#missed = true;
    // What changed meanwhile is newer than the answer, and its own frame follows.
    if (this.busy || version !== this.#changes) return;
    const listed = files.filter(({ id }) => !this.#gone.has(id));
    const known = new Set(this.there.map(({ id }) => id));
    const kept = this.items.filter(({ media }) => !media || listed.some(({ id }) => id === media.id));
    const added = listed.filter(({ id }) => !known.has(id)).map((media) => Attached.onServer(media));
    if (added.length === 0 && kept.length === this.items.length) return;
    this.items = [...kept, ...added];
  }

  /** Nothing more is uploaded. */
  close(): void {
    this.wish = undefined;
    for (const item of this.items) if (!item.media) item.drop();
  }

  #callOff(file: string): void {
    if (!this.wish) return;
    this.wish = undefined;
    this.oncalledoff(file);
  }

  #changed(): void {
    this.#changes += 1;
    this.#on.changed();
    if (this.busy) return;
    const wish = this.wish;
    this.wish = undefined;
    wish?.();
    if (this.#missed) this.#on.missed();
    this.#missed = false;
  }
}
