import { expect, it } from 'vitest';
import { glimpse, shownEnd } from './long-text';

it('a long text is cut by characters or lines, and shown piece by piece', () => {
  for (const [about, text, pieces, end] of [
    ['short', 'Hello', 0, 5],
    ['as long as fits', 'x'.repeat(4_000), 0, 4_000],
    ['too long', 'x'.repeat(4_001), 0, 4_000],
    ['sixty lines', 'x\n'.repeat(59) + 'x', 0, 119],
    ['one line more', 'x\n'.repeat(60) + 'x', 0, 119],
    ['the next piece', 'x'.repeat(100_000), 1, 44_000],
    ['all of it', 'x'.repeat(100_000), 3, 100_000],
    ['not within a character', 'x'.repeat(3_999) + '😀!', 0, 4_001],
  ] as const) {
    expect(shownEnd(text, pieces), about).toBe(end);
  }
});

it('a glimpse is short and says that there is more', () => {
  expect(glimpse('Hello')).toBe('Hello');
  expect(glimpse('x'.repeat(201))).toBe(`${'x'.repeat(200)}…`);
});
