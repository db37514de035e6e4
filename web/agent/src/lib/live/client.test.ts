import { beforeEach, describe, expect, it } from 'vitest';
import type { Frame } from '$lib/api/types';
import { LiveClient, type LiveSocket, type LiveState } from './client';

class FakeSocket implements LiveSocket {
  onmessage: LiveSocket['onmessage'] = null;
  onclose: LiveSocket['onclose'] = null;
  closed = false;

  constructor(readonly url: string) {}

  close(): void {
    this.closed = true;
  }

  says(frame: Partial<Frame> | { type: 'beat' }): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  breaks(code = 1006): void {
    this.onclose?.({ code });
  }
}

/** Timers that run when the test moves the time. */
class FakeTimers {
  time = 0;
  #planned = new Map<number, { at: number; run: () => void }>();
  #last = 0;

  now = () => this.time;

  set = (run: () => void, after: number): number => {
    this.#last += 1;
    this.#planned.set(this.#last, { at: this.time + after, run });
    return this.#last;
  };

  clear = (timer: unknown): void => {
    this.#planned.delete(timer as number);
  };

  pass(time: number): void {
    const until = this.time + time;
    for (;;) {
      const due = [...this.#planned]
        .filter(([, one]) => one.at <= until)
        .sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.#planned.delete(due[0]);
      this.time = due[1].at;
      due[1].run();
    }
    this.time = until;
  }
}

let sockets: FakeSocket[];
let states: LiveState[];
let frames: Frame[];
let signedOut: number;
let timers: FakeTimers;
let chance: number;

function client(cursor = 7): LiveClient {
  const live = new LiveClient({
    cursor,
    url: (after) => `/live?after=${after}`,
    open: (url) => {
      const socket = new FakeSocket(url);
      sockets.push(socket);
      return socket;
    },
    timers,
    chance: () => chance,
    onframe: (frame) => frames.push(frame),
    onstate: (state) => states.push(state),
    onsignedout: () => (signedOut += 1),
  });
  live.start();
  return live;
}

function socket(): FakeSocket {
  const last = sockets.at(-1);
  if (!last) throw new Error('nothing was opened');
  return last;
}

beforeEach(() => {
  sockets = [];
  states = [];
  frames = [];
  signedOut = 0;
  timers = new FakeTimers();
  chance = 1;
});

describe('the cursor', () => {
  it('resumes after the last changes that were taken in', () => {
    client(7);
    socket().says({ type: 'hello', cursor: 7 });
    socket().says({ type: 'changes', cursor: 12 });
    socket().breaks();
    timers.pass(500);
    expect(sockets.map(({ url }) => url)).toEqual(['/live?after=7', '/live?after=12']);
  });

  it('is not moved by a greeting: what lies between still has to come', () => {
    client(7);
    socket().says({ type: 'hello', cursor: 900 });
    socket().breaks();
    timers.pass(500);
    expect(socket().url).toBe('/live?after=7');
  });

  it('jumps when the server no longer has what was missed', () => {
    const live = client(7);
    socket().says({ type: 'resync', cursor: 5000 });
    expect(live.cursor).toBe(5000);
    expect(frames.map(({ type }) => type)).toEqual(['resync']);
  });
});

describe('the backoff', () => {
  it('doubles up to half a minute, and starts anew after a greeting', () => {
    client();
    const waits: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      socket().breaks();
      const state = states.at(-1);
      if (state?.kind !== 'waiting') throw new Error('it does not wait');
      const wait = state.retryAt - timers.time;
      waits.push(wait);
      timers.pass(wait);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);

    socket().says({ type: 'hello', cursor: 7 });
    socket().breaks();
    expect(states.at(-1)).toEqual({ kind: 'waiting', retryAt: timers.time + 500 });
  });

  it('is spread by chance between half and all of the wait', () => {
    chance = 0;
    client();
    socket().breaks();
    timers.pass(249);
    expect(sockets).toHaveLength(1);
    timers.pass(1);
    expect(sockets).toHaveLength(2);
  });

  it('is cut short when the network comes back', () => {
    const live = client();
    socket().breaks();
    live.wake();
    expect(sockets).toHaveLength(2);
    timers.pass(500);
    expect(sockets, 'the planned try is gone').toHaveLength(2);
  });
});

describe('silence', () => {
  it('is an interruption, and the connection is opened anew from the cursor', () => {
    client();
    const first = socket();
    first.says({ type: 'changes', cursor: 9 });
    timers.pass(24_999);
    expect(sockets).toHaveLength(1);
    timers.pass(1);
    expect(first.closed).toBe(true);
    expect(states.at(-1)?.kind).toBe('waiting');
    timers.pass(500);
    expect(socket().url).toBe('/live?after=9');
  });

  it('every frame puts it off', () => {
    client();
    socket().says({ type: 'hello', cursor: 7 });
    timers.pass(20_000);
    socket().says({ type: 'clock' });
    timers.pass(20_000);
    expect(sockets).toHaveLength(1);
  });

  it('heartbeats keep a quiet connection, and are nothing to take in', () => {
    const live = client(7);
    socket().says({ type: 'hello', cursor: 7 });
    for (let n = 0; n < 8; n += 1) {
      timers.pass(15_000);
      socket().says({ type: 'beat' });
    }
    expect(sockets).toHaveLength(1);
    expect(frames.map(({ type }) => type)).toEqual(['hello']);
    expect(live.cursor).toBe(7);
    timers.pass(25_000);
    expect(states.at(-1)?.kind, 'the heartbeats have ended').toBe('waiting');
  });

  it('a connection that is not greeted is given up', () => {
    client();
    timers.pass(10_000);
    expect(states.at(-1)?.kind).toBe('waiting');
    expect(socket().closed).toBe(true);
  });

  it('after sleep a long silent socket is not trusted, a lively one is', () => {
    const live = client();
    socket().says({ type: 'hello', cursor: 7 });
    timers.time += 17_000;
    live.wake();
    expect(sockets).toHaveLength(1);
    timers.time += 1_000;
    live.wake();
    expect(sockets).toHaveLength(2);
  });
});

describe('the end', () => {
  it('comes when the session has ended: nothing is tried again', () => {
    client();
    socket().breaks(4401);
    timers.pass(120_000);
    expect(signedOut).toBe(1);
    expect(sockets).toHaveLength(1);
    expect(states.at(-1)).toEqual({ kind: 'ended' });
  });

  it('a socket that was let go is not heard any more', () => {
    const live = client();
    const first = socket();
    first.says({ type: 'hello', cursor: 7 });
    live.stop();
    first.says({ type: 'changes', cursor: 50 });
    expect(frames).toHaveLength(1);
    timers.pass(120_000);
    expect(sockets).toHaveLength(1);
  });
});
