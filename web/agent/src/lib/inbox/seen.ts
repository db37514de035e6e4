interface Options {
  /** What was looked at long enough, up to this sequence. */
  onseen: (seq: number) => void;
  /** Whether the agent can be looking: the window has the focus. */
  attentive: () => boolean;
  set: (run: () => void, after: number) => unknown;
  clear: (timer: unknown) => void;
}

/** A message counts as read after it was half visible for this long in the focused window. */
const LOOKED_FOR = 1_000;

/** Watches which messages are on the screen, and tells when they have been looked at. */
export class SeenTracker {
  #options: Options;
  #timers = new Map<number, unknown>();
  #visible = new Set<number>();
  #told = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  /** A message came on the screen or left it. */
  show(seq: number, visible: boolean): void {
    if (visible) this.#visible.add(seq);
    else this.#visible.delete(seq);
    this.#plan(seq);
  }

  /** The window got or lost the focus: looking starts anew. */
  attention(): void {
    for (const seq of this.#visible) this.#plan(seq);
  }

  stop(): void {
    for (const timer of this.#timers.values()) this.#options.clear(timer);
    this.#timers.clear();
    this.#visible.clear();
  }

  #plan(seq: number): void {
    this.#options.clear(this.#timers.get(seq));
    this.#timers.delete(seq);
    if (seq <= this.#told || !this.#visible.has(seq) || !this.#options.attentive()) return;
    this.#timers.set(
      seq,
      this.#options.set(() => this.#looked(seq), LOOKED_FOR),
    );
  }

  #looked(seq: number): void {
    this.#timers.delete(seq);
    if (seq <= this.#told || !this.#options.attentive()) return;
    this.#told = seq;
    this.#options.onseen(seq);
  }
}
