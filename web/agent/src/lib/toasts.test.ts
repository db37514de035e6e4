import { expect, it, vi } from 'vitest';
import { toast, toasts, undoLast } from './toasts.svelte';

it('no more than three stand on the screen, the newest of them', () => {
  vi.useFakeTimers();
  const undo = vi.fn();
  for (const text of ['one', 'two', 'three', 'four']) toast(text, { label: 'Undo', run: undo });
  expect(toasts().map(({ text }) => text)).toEqual(['two', 'three', 'four']);
  expect(undoLast()).toBe(true);
  expect(toasts().map(({ text }) => text)).toEqual(['two', 'three']);
  vi.advanceTimersByTime(8_000);
  expect(toasts()).toEqual([]);
  vi.useRealTimers();
});

it('what is said again stands once, and as long as what is new; each Undo stays its own', () => {
  vi.useFakeTimers();
  toast('No connection');
  vi.advanceTimersByTime(5_000);
  toast('No connection');
  expect(toasts()).toHaveLength(1);
  vi.advanceTimersByTime(5_000);
  for (const run of [vi.fn(), vi.fn()]) toast('Unassigned', { label: 'Undo', run });
  expect(toasts().map(({ text }) => text)).toEqual(['No connection', 'Unassigned', 'Unassigned']);
  vi.advanceTimersByTime(8_000);
  expect(toasts()).toEqual([]);
  vi.useRealTimers();
});
