// The events table: which rows a filter keeps, and how new rows join the old ones.

import type { LogEntry } from './control';

export type Filter = 'all' | 'to_charla' | 'from_charla' | 'errors';

/** The filters in the order in which they are drawn. */
export const filters: readonly Filter[] = ['all', 'to_charla', 'from_charla', 'errors'];

/** Rows kept in the browser. */
export const KEPT = 500;

/** No answer at all, or an HTTP status from 400 on. */
export function isError(entry: LogEntry): boolean {
  return entry.http === null || entry.http >= 400;
}

export function matches(entry: LogEntry, filter: Filter): boolean {
  if (filter === 'all') return true;
  return filter === 'errors' ? isError(entry) : entry.direction === filter;
}

/** Newest first, each number once (a later version replaces an earlier one), at most `KEPT`. */
export function merged(old: readonly LogEntry[], added: readonly LogEntry[]): LogEntry[] {
  const byNumber = new Map([...old, ...added].map((entry) => [entry.n, entry]));
  return [...byNumber.values()].sort((a, b) => b.n - a.n).slice(0, KEPT);
}
