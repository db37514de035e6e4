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
