// The events table: which rows a filter keeps, how new rows join the old ones, and what a row says.

import type { Detail, LogEntry } from './control';
import { apart } from './format';
import type { Words } from './words';

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

/** "text from Vera Iborra · again"; a code without a word is said as it is. */
export function told({ what, from, updates, sent }: Detail, words: Words['events']): string {
  const known: Partial<Record<string, string>> = words.whats;
  const said = updates === null ? (known[what] ?? what) : words.updates(updates);
  const parts = [from === null ? said : words.from(said, apart(from)), sent === null ? '' : words.sent[sent]];
  return parts.filter((part) => part !== '').join(' · ');
}
