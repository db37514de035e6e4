import { createSubscriber } from 'svelte/reactivity';
import type { Instant } from './api/types';

const SECOND = 1_000;
const MINUTE = 60_000;
/** The network makes the server's time arrive late; below this a difference is no move of the clock. */
const JITTER = 1_500;

let offset = 0;
let known = false;
const moves = $state({ count: 0 });

const everyMinute = createSubscriber((update) => tick(MINUTE, update));
const everySecond = createSubscriber((update) => tick(SECOND, update));

/** Business time: what windows and timers go by. In the demo it can be moved forward. */
export const clock = {
  /** The time now, for a calculation that need not follow it. */
  now(): number {
    return Date.now() + offset;
  },
  /** The time now; what reads it is updated each minute. */
  get minute(): number {
    void moves.count;
    everyMinute();
    return this.now();
  },
  /** The time now; what reads it is updated each second. */
  get second(): number {
    void moves.count;
    everySecond();
    return this.now();
  },
};

/** The server says what time it is. */
export function setBusinessTime(now: Instant): void {
  const next = new Date(now).getTime() - Date.now();
  if (known && Math.abs(next - offset) < JITTER) return;
  known = true;
  offset = next;
  moves.count += 1;
}

/** Calls at each whole minute or second of business time; gives the function that stops it. */
function tick(period: number, update: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const plan = () => {
    timer = setTimeout(
      () => {
        update();
        plan();
      },
      period - (clock.now() % period) + 5,
    );
  };
  plan();
  return () => clearTimeout(timer);
}
