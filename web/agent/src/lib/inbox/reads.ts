import { post } from '$lib/api/client';
import { isProblem } from '$lib/api/problem';
import { retry } from '$lib/retry';

/** How far I have seen conversations, told to the server. What it could not hear is told again. */
export class ReadMarks {
  #path: string;
  #untold = new Map<string, number>();
  #giveUp: (() => void) | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async mark(conversation: string, seq: number): Promise<void> {
    this.#untold.set(conversation, seq);
    if (await this.#tell(conversation)) return;
    this.#giveUp ??= retry(() => this.tellAll());
  }

  /** Nothing is told of it any more, until it is marked again. */
  forget(conversation: string): void {
    this.#untold.delete(conversation);
  }

  /** Tells what could not be told. False when some of it still could not, and may later. */
  async tellAll(): Promise<boolean> {
    await Promise.all([...this.#untold.keys()].map((conversation) => this.#tell(conversation)));
    if (this.#untold.size > 0) return false;
    this.close();
    return true;
  }

  close(): void {
    this.#giveUp?.();
    this.#giveUp = undefined;
  }

  async #tell(conversation: string): Promise<boolean> {
    const seq = this.#untold.get(conversation);
    if (seq === undefined) return true;
    try {
      await post(`${this.#path}/conversations/${conversation}/read`, { seq });
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      if (thrown.temporary) return false;
    }
    if (this.#untold.get(conversation) === seq) this.#untold.delete(conversation);
    return true;
  }
}
