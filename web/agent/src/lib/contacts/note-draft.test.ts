import { afterEach, expect, it } from 'vitest';
import { noteDraft } from './note-draft';

afterEach(() => localStorage.clear());

it('a half-written note is there again for who wrote it, about that contact', () => {
  noteDraft('usr_1', 'ctc_1').keep('Allergic to');
  expect(noteDraft('usr_1', 'ctc_1').read()).toBe('Allergic to');
  expect(noteDraft('usr_2', 'ctc_1').read()).toBe('');
  expect(noteDraft('usr_1', 'ctc_2').read()).toBe('');
});

it('nothing is left of a note that was added', () => {
  noteDraft('usr_1', 'ctc_1').keep('Allergic to');
  noteDraft('usr_1', 'ctc_1').keep('');
  expect(localStorage.length).toBe(0);
});
