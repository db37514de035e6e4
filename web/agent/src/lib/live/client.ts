import type { Frame } from '$lib/api/types';

/** As much of a WebSocket as the client uses. */
export interface LiveSocket {
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  close(): void;
}

/** Time as the client sees it; handed in so that tests own it. */
export interface Timers {
  now(): number;
  set(run: () => void, after: number): unknown;
  clear(timer: unknown): void;
}

/** Says only that the connection lives; it moves no cursor. */
interface Beat {
  type: 'beat';
}

export type LiveState =
  { kind: 'connecting' } | { kind: 'online' } | { kind: 'waiting'; retryAt: number } | { kind: 'ended' };

interface Options {
  cursor: number;
  url: (cursor: number) => string;
  open: (url: string) => LiveSocket;
  timers: Timers;
  /** A number from 0 up to 1, to spread the reconnects of many browsers. */
  chance: () => number;
  onframe: (frame: Frame) => void;
  onstate: (state: LiveState) => void;
  onsignedout: () => void;
}

const SIGNED_OUT = 4401;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
/** The server's heartbeat comes every 15 s: a socket silent for longer is dead without knowing it. */
const SILENCE = 25_000;
/** After sleep or coming back to the tab, a socket that has missed a heartbeat is not trusted. */
const STALE = 18_000;
/** A connection that is not greeted in this time is given up. */
const GREETING = 10_000;

/** One live connection that resumes from its cursor, so that nothing is missed. */
export class LiveClient {
  #options: Options;
  #cursor: number;
  #socket: LiveSocket | undefined;
  #failures = 0;
  #heard = 0;
  #retry: unknown;
  #watch: unknown;
  #online = false;
  #ended = false;

  constructor(options: Options) {
    this.#options = options;
    this.#cursor = options.cursor;
  }

  /** The last event this browser has taken in. */
  get cursor(): number {
    return this.#cursor;
  }

  start(): void {
    this.#options.onstate({ kind: 'connecting' });
    this.#open();
  }

  /** The computer woke, the network came back or the tab is looked at again. */
  wake(): void {
    if (this.#ended) return;
    const silent = this.#options.timers.now() - this.#heard;
    if (this.#online && silent < STALE) return;
    this.#failures = 0;
    this.#reopen();
  }

  stop(): void {
    this.#ended = true;
    this.#drop();
    this.#options.timers.clear(this.#retry);
    this.#options.onstate({ kind: 'ended' });
  }

  #open(): void {
    const socket = this.#options.open(this.#options.url(this.#cursor));
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = ({ code }) => this.#closed(code);
    this.#watchFor(GREETING);
  }

  #take(data: unknown): void {
    if (typeof data !== 'string') return;
    const frame = JSON.parse(data) as Frame | Beat;
    this.#heard = this.#options.timers.now();
    this.#watchFor(SILENCE);
    if (!this.#online) {
      this.#online = true;
      this.#failures = 0;
      this.#options.onstate({ kind: 'online' });
    }
    if (frame.type === 'beat') return;
    this.#options.onframe(frame);
    // A greeting tells the server's cursor, not ours: what lies between still has to come.
    if (frame.type === 'changes' || frame.type === 'resync') this.#cursor = frame.cursor;
  }

  #closed(code: number): void {
    this.#drop();
    if (code === SIGNED_OUT) {
      this.#ended = true;
      this.#options.onstate({ kind: 'ended' });
      this.#options.onsignedout();
      return;
    }
    const wait = this.#nextWait();
    this.#failures += 1;
    this.#options.onstate({ kind: 'waiting', retryAt: this.#options.timers.now() + wait });
    this.#retry = this.#options.timers.set(() => {
      this.#options.onstate({ kind: 'connecting' });
      this.#open();
    }, wait);
  }

  #nextWait(): number {
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#failures);
    return longest / 2 + (longest / 2) * this.#options.chance();
  }

  #watchFor(time: number): void {
    this.#options.timers.clear(this.#watch);
    this.#watch = this.#options.timers.set(() => this.#closed(0), time);
  }

  #reopen(): void {
    this.#options.timers.clear(this.#retry);
    this.#drop();
    this.#open();
  }

  /** Lets go of the socket without hearing of its end. */
  #drop(): void {
    this.#options.timers.clear(this.#watch);
    this.#online = false;
    if (!this.#socket) return;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = undefined;
  }
}
