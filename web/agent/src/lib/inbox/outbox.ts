import type { Mode } from '$lib/api/types';

/** A text on its way to the server. Its key makes sending it twice harmless. */
export interface Outgoing {
  key: string;
  conversation: string;
  mode: Mode;
  text: string;
  at: string;
}

const KEY = 'charla.outbox.';

/** What the server has not confirmed yet, kept in the browser so that a reload or an outage loses nothing. */
export class Outbox {
  #owner: string;
  #waiting: Outgoing[];

  /** `owner`: the workspace and the user whose messages they are. */
  constructor(owner: string) {
    this.#owner = owner;
    this.#waiting = this.#read();
  }

  get waiting(): readonly Outgoing[] {
    return this.#waiting;
  }

  add(message: Outgoing): void {
    this.#waiting = [...this.#waiting, message];
    this.#write();
  }

  /** It waits no longer. False when it did not wait. */
  settle(key: string): boolean {
    const before = this.#waiting.length;
    this.#waiting = this.#waiting.filter((message) => message.key !== key);
    this.#write();
    return this.#waiting.length < before;
  }

  #read(): Outgoing[] {
    try {
      return JSON.parse(localStorage.getItem(KEY + this.#owner) ?? '[]') as Outgoing[];
    } catch {
      return [];
    }
  }

  #write(): void {
    if (this.#waiting.length === 0) localStorage.removeItem(KEY + this.#owner);
    else localStorage.setItem(KEY + this.#owner, JSON.stringify(this.#waiting));
  }
}
