import { get } from '$lib/api/client';
import type { Health } from '$lib/api/types';
import { problemText } from '$lib/i18n';

const EVERY_MS = 5_000;

/** The state of ingest and outbox, asked for again and again while the page is looked at. */
export class HealthWatch {
  health = $state.raw<Health>();
  problem = $state<string>();
  /** When the server answered last. */
  at = $state<number>();

  readonly #path: string;

  constructor(workspace: string) {
    this.#path = `${workspace}/health`;
  }

  /** Keeps asking; gives the function that stops it. */
  start(): () => void {
    const look = () => {
      if (!document.hidden) void this.load();
    };
    look();
    const timer = setInterval(look, EVERY_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }

  async load(): Promise<void> {
    try {
      this.health = await get<Health>(this.#path);
      this.at = Date.now();
      this.problem = undefined;
    } catch (thrown) {
      this.problem = problemText(thrown);
    }
  }
}
