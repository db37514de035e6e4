import { expect, it } from 'vitest';
import { LONGEST_TEXT, lengthOf, refusalOf, sendable, typable } from './text';

it('counts characters, not code units', () => {
  expect(lengthOf('👍🏽ñ')).toBe(3);
});

it('takes 4,096 characters and names the limit for one more', () => {
  expect(refusalOf('x'.repeat(LONGEST_TEXT))).toBeNull();
  expect(refusalOf(`  ${'x'.repeat(LONGEST_TEXT)}\n`), 'outer white space is not sent').toBeNull();
  expect(refusalOf('👍'.repeat(LONGEST_TEXT + 1))).toEqual({
    code: 'text-too-long',
    max: 4096,
    length: 4097,
  });
});

it('refuses nothing but white space', () => {
  expect(refusalOf(' \n\t ')?.code).toBe('text-empty');
});

it('refuses what nobody would see', () => {
  expect(refusalOf('\u200b')?.code).toBe('text-empty');
  expect(refusalOf('\ufeff \u2800\u202e\ufe0f')?.code).toBe('text-empty');
  expect(refusalOf('a\u200b')).toBeNull();
});

it('refuses control characters but line breaks and tabs', () => {
  expect(refusalOf('one\ntwo\tthree')).toBeNull();
  expect(refusalOf('bell \u0007')?.code).toBe('text-control-characters');
  expect(refusalOf('c1 \u0085 x')?.code).toBe('text-control-characters');
});

it('what is pasted can be sent: foreign line breaks become ours, other control characters go', () => {
  const pasted = 'a\vb\fc\u0085d\u2028e\u2029f\u0007\u007f\0\u001b[0m';
  expect(refusalOf(pasted)?.code).toBe('text-control-characters');
  expect(typable(pasted)).toBe('a\nb\nc\nd\ne\nf[0m');
  expect(refusalOf(typable(pasted))).toBeNull();
  expect(typable('one\r\ntwo\tthree\n👍🏽\u200d'), 'the rest is left alone').toBe(
    'one\r\ntwo\tthree\n👍🏽\u200d',
  );
});

it('sends line ends as the server keeps them', () => {
  expect(sendable('  a\r\nb ')).toBe('a\nb');
});
