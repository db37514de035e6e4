import type { Instant } from '$lib/api/types';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What a messaging window allows now, and how urgent it is. */
export type WindowState =
  | { kind: 'never' }
  | { kind: 'open' | 'soon' | 'critical' | 'ending'; until: number; left: number }
  | { kind: 'closed'; until: number; ago: number };

/** Reads a window at `now`. It is half-open: at exactly its end it is closed. */
export function windowAt(until: Instant | null, now: number): WindowState {
  if (until === null) return { kind: 'never' };
  const end = new Date(until).getTime();
  const left = end - now;
  if (left <= 0) return { kind: 'closed', until: end, ago: -left };
  return { kind: urgency(left), until: end, left };
}

/** Whether a free-form reply may be written. */
export function isOpen(window: WindowState): window is Extract<WindowState, { left: number }> {
  return window.kind !== 'never' && window.kind !== 'closed';
}

/** Under two minutes the countdown shows seconds and must follow each of them. */
export function needsSeconds(until: Instant | null, now: number): boolean {
  if (until === null) return false;
  const left = new Date(until).getTime() - now;
  return left > 0 && left < 3 * MINUTE;
}

/** The 24 segments of the meter: hours left, at most 24. */
export function hoursLeft(window: WindowState): number {
  return isOpen(window) ? Math.min(24, window.left / HOUR) : 0;
}

/** The limits at which a closing window is spoken, largest first. */
export const SPOKEN_AT = [4 * HOUR, HOUR, 10 * MINUTE, 0];

/** The limit that was crossed between two readings of the time left, if any. */
export function crossedLimit(before: number, after: number): number | undefined {
  return SPOKEN_AT.findLast((limit) => before > limit && after <= limit);
}

function urgency(left: number): 'open' | 'soon' | 'critical' | 'ending' {
  if (left <= 15 * MINUTE) return 'ending';
  if (left <= HOUR) return 'critical';
  if (left <= 4 * HOUR) return 'soon';
  return 'open';
}
