import type { Entry, Media, Mode } from '$lib/api/types';
import type { Carried } from './parts';

/** A text on its way to the server. Its key makes sending it twice harmless. */
export interface OutgoingText extends Carried {
  key: string;
  conversation: string;
  mode: Mode;
  text: string;
  at: string;
  /** The message it answers. */
  reply_to?: string;
  /** The file it carries: the text stands under it. */
  file?: Media;
}

/** Resolving a conversation, after the texts that wait before it. */
export interface OutgoingResolve {
  key: string;
  conversation: string;
  /** What had come in until then: an agent resolves what they have seen. */
  seen: number;
}

/** Opening a conversation again that was resolved although that had been called off. */
export interface OutgoingReopen {
  key: string;
  conversation: string;
}

export type Outgoing = OutgoingText | OutgoingResolve | OutgoingReopen;

const KEY = 'charla.outbox.';
const LOCAL = 'local:';

/** The id of a text in its thread until the server has given it one. */
export function localId(key: string): string {
  return `${LOCAL}${key}`;
}

/** Whether the server has not told of it yet. */
export function isLocal(entry: Entry): boolean {
  return entry.id.startsWith(LOCAL);
}

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

  has(key: string): boolean {
    return this.#waiting.some((one) => one.key === key);
  }

  /** Whether no other tab has settled it meanwhile, or called it off. */
  keeps(key: string): boolean {
    return this.#read().some((one) => one.key === key);
  }

  add(next: Outgoing): void {
    this.#waiting = [...this.#waiting, next];
    this.#write([...this.#read(), next]);
  }

  /** It waits no longer. False when it did not wait. */
  settle(key: string): boolean {
    const before = this.#waiting.length;
    const others = (one: Outgoing) => one.key !== key;
    this.#waiting = this.#waiting.filter(others);
    this.#write(this.#read().filter(others));
    return this.#waiting.length < before;
  }

  #read(): Outgoing[] {
    try {
      return JSON.parse(localStorage.getItem(KEY + this.#owner) ?? '[]') as Outgoing[];
    } catch {
      return [];
    }
  }

  /** What other tabs of this user wait to send is kept with it. */
  #write(all: readonly Outgoing[]): void {
    if (all.length === 0) localStorage.removeItem(KEY + this.#owner);
    else localStorage.setItem(KEY + this.#owner, JSON.stringify(all));
  }
}
