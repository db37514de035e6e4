// The page's picture of the sandbox server: fetched once, then kept current by its event log.

import { control, ControlError, type LogEntry, type LogPage, type SandboxState } from './control';
import { merged } from './events';
import { Refresher } from './refresher';

/** Things that make no event (a waiting webhook and what it tells, a webhook address) are seen by asking this often. */
const STATE_EVERY_MS = 5000;
const RECONNECT_MS = 2000;

export class Sandbox {
  state = $state.raw<SandboxState | null>(null);
  /** Newest first. */
  entries = $state.raw<LogEntry[]>([]);
  reachable = $state(true);
  /** Why the last action was refused, in the server's words. */
  refusal = $state<string | null>(null);
  /** Business time in milliseconds, ticking. */
  now = $state(Date.now());
  /** Rises whenever messages may have changed. */
  revision = $state(0);

  #ahead = 0;
  readonly #refresher = new Refresher(() => this.#loadState());

  /** Follows the server until the returned function is called. */
  start(): () => void {
    const ending = new AbortController();
    const tick = setInterval(() => this.#tick(), 1000);
    const poll = setInterval(() => {
      this.revision += 1;
      void this.refresh();
    }, STATE_EVERY_MS);
    void this.refresh();
    void this.#follow(ending.signal);
    return () => {
      ending.abort();
      clearInterval(tick);
      clearInterval(poll);
    };
  }

  refresh(): Promise<void> {
    return this.#refresher.ask();
  }

  /** Does something at the server, then shows what became of it. True when it was accepted. */
  async act(action: () => Promise<unknown>): Promise<boolean> {
    this.refusal = null;
    try {
      await action();
    } catch (error) {
      this.#failed(error);
      return false;
    }
    this.revision += 1;
    await this.refresh();
    return true;
  }

  /** Empties the server and what is shown of it. */
  async reset(): Promise<boolean> {
    const done = await this.act(() => control.reset());
    if (done) this.entries = [];
    return done;
  }

  async #loadState(): Promise<void> {
    try {
      const state = await control.state();
      this.state = state;
      this.#ahead = Date.parse(state.clock.now) - Date.now();
      this.#tick();
      this.reachable = true;
    } catch (error) {
      this.#failed(error);
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let after: number | null = null;
    while (!signal.aborted) {
      try {
        const page: LogPage = await control.log(after, signal);
        if (after === null) this.entries = [];
        after = page.next;
        this.reachable = true;
        if (page.entries.length > 0) await this.#take(page.entries);
      } catch (error) {
        if (signal.aborted) return;
        this.#failed(error);
        // A server that was started anew counts its events from the beginning.
        after = null;
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      }
    }
  }

  async #take(added: LogEntry[]): Promise<void> {
    this.entries = merged(this.entries, added);
    this.revision += 1;
    await this.refresh();
  }

  #failed(error: unknown): void {
    if (!(error instanceof ControlError)) throw error;
    if (error.status === 0) this.reachable = false;
    else this.refusal = error.message;
  }

  #tick(): void {
    this.now = Date.now() + this.#ahead;
  }
}
