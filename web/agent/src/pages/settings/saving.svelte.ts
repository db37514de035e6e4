import { problemText } from '$lib/i18n';

/** Changes that are saved as they are made: whether one is on its way, and why the last one failed. */
export class Saving {
  busy = $state(false);
  problem = $state<string>();

  #last: () => Promise<unknown> = () => Promise.resolve();

  /** Saves a change; a failure is told and can be tried again. True when it was saved. */
  async save(change: () => Promise<unknown>): Promise<boolean> {
    this.#last = change;
    this.busy = true;
    this.problem = undefined;
    try {
      await change();
      return true;
    } catch (thrown) {
      this.problem = problemText(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }

  again(): Promise<boolean> {
    return this.save(this.#last);
  }
}
