import { beforeEach, describe, expect, it } from 'vitest';
import { SeenTracker } from './seen';

let seen: number[];
let attentive: boolean;
let planned: Map<number, () => void>;
let tracker: SeenTracker;

beforeEach(() => {
  seen = [];
  attentive = true;
  planned = new Map();
  let last = 0;
  tracker = new SeenTracker({
    onseen: (seq) => seen.push(seq),
    attentive: () => attentive,
    set: (run) => {
      last += 1;
      planned.set(last, run);
      return last;
    },
    clear: (timer) => planned.delete(timer as number),
  });
});

function aSecondPasses(): void {
  for (const [timer, run] of planned) {
    planned.delete(timer);
    run();
  }
}

describe('a message is read', () => {
  it('after it was on the screen for a second', () => {
    tracker.show(5, true);
    expect(seen).toEqual([]);
    aSecondPasses();
    expect(seen).toEqual([5]);
  });

  it('but not when it left before', () => {
    tracker.show(5, true);
    tracker.show(5, false);
    aSecondPasses();
    expect(seen).toEqual([]);
  });

  it('but not while the window has no focus; then a second from the focus on', () => {
    attentive = false;
    tracker.show(5, true);
    aSecondPasses();
    expect(seen).toEqual([]);
    attentive = true;
    tracker.attention();
    aSecondPasses();
    expect(seen).toEqual([5]);
  });

  it('and those before it are not told again', () => {
    tracker.show(7, true);
    aSecondPasses();
    tracker.show(5, true);
    aSecondPasses();
    expect(seen).toEqual([7]);
  });
});
