import { describe, expect, it } from 'vitest';
import { crossedLimit, hoursLeft, isOpen, needsSeconds, windowAt } from './window';

const NOW = Date.parse('2026-11-19T14:08:00Z');
const inMinutes = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();

describe('windowAt', () => {
  it.each([
    [24 * 60, 'open'],
    [4 * 60 + 1, 'open'],
    [4 * 60, 'soon'],
    [60, 'critical'],
    [15, 'ending'],
    [1 / 60, 'ending'],
    [0, 'closed'],
    [-1, 'closed'],
  ])('%s minutes before its end it is %s', (minutes, kind) => {
    expect(windowAt(inMinutes(minutes), NOW).kind).toBe(kind);
  });

  it('is never open for a customer who never wrote', () => {
    expect(isOpen(windowAt(null, NOW))).toBe(false);
  });

  it('tells how long it has been closed', () => {
    expect(windowAt(inMinutes(-148), NOW)).toMatchObject({ kind: 'closed', ago: 148 * 60_000 });
  });
});

it('the meter has at most 24 segments and none when closed', () => {
  expect(hoursLeft(windowAt(inMinutes(192), NOW))).toBeCloseTo(3.2);
  expect(hoursLeft(windowAt(inMinutes(24 * 60 + 5), NOW))).toBe(24);
  expect(hoursLeft(windowAt(inMinutes(-5), NOW))).toBe(0);
});

it('seconds are followed only near the end', () => {
  expect(needsSeconds(inMinutes(2), NOW)).toBe(true);
  expect(needsSeconds(inMinutes(10), NOW)).toBe(false);
  expect(needsSeconds(inMinutes(-1), NOW)).toBe(false);
  expect(needsSeconds(null, NOW)).toBe(false);
});

it('closing is spoken at 4 h, 1 h, 10 min and the end, each once', () => {
  const minutes = (n: number) => n * 60_000;
  expect(crossedLimit(minutes(241), minutes(240))).toBe(minutes(240));
  expect(crossedLimit(minutes(240), minutes(239))).toBeUndefined();
  expect(crossedLimit(minutes(61), minutes(60))).toBe(minutes(60));
  expect(crossedLimit(minutes(11), minutes(10))).toBe(minutes(10));
  expect(crossedLimit(1, 0)).toBe(0);
  expect(crossedLimit(minutes(300), 0), 'a jump speaks of the last limit only').toBe(0);
});
