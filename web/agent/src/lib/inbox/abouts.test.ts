import { expect, it } from 'vitest';
import { earlierWords, foldedIn, seenWith, wordsOf } from './abouts';
import { entry } from './sample.test-data';

const hi = entry({ id: 'hi', seq: 1, external_id: 'wamid.1' });
const like = entry({
  id: 'like',
  seq: 2,
  kind: 'reaction',
  parts: [{ type: 'reaction', to: 'wamid.1', emoji: '👍' }],
});

it('a reaction is shown at its message, in whatever order they came', () => {
  expect([...foldedIn([hi, like])]).toEqual(['like']);
  expect([...foldedIn([like, hi])]).toEqual(['like']);
  expect([...foldedIn([{ ...like, about: 'hi' }])]).toEqual(['like']);
  expect([...foldedIn([like])], 'its message is not here').toEqual([]);
});

it('who sees a line has seen the reactions after it', () => {
  const bye = entry({ id: 'bye', seq: 3 });
  const ours = { ...like, id: 'ours', seq: 4, direction: 'out' as const };
  const entries = [hi, like, bye, ours];
  expect([...seenWith(entries, foldedIn(entries))]).toEqual([
    ['hi', 2],
    ['bye', 3],
  ]);
});

it('an edited message has its last words, and had the others', () => {
  const at = '2026-11-19T14:00:00Z';
  const edits = [
    { text: 'two', at },
    { text: 'three', at },
  ];
  expect([wordsOf({ text: 'one', edits }), earlierWords({ text: 'one', edits })]).toEqual([
    'three',
    ['one', 'two'],
  ]);
  expect([wordsOf({ text: 'one', edits: [] }), earlierWords({ text: 'one', edits: [] })]).toEqual([
    'one',
    [],
  ]);
});
