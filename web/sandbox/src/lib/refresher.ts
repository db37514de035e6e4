/** Runs a load, never twice at once: asking during a run makes one more run after it. */
export class Refresher {
  #running = false;
  #again = false;
  readonly #load: () => Promise<void>;

  constructor(load: () => Promise<void>) {
    this.#load = load;
  }

  async ask(): Promise<void> {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    try {
      do {
        this.#again = false;
        await this.#load();
      } while (this.#again);
    } finally {
      this.#running = false;
    }
  }
}
