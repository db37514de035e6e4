import { expect, it } from 'vitest';
import { loudness, soundFile, whyNot } from './recorder.svelte';

it.each([
  ['NotAllowedError', 'refused'],
  ['NotFoundError', 'missing'],
  ['NotReadableError', 'busy'],
  ['NotSupportedError', 'unsupported'],
])('%s of a microphone means that it is %s', (name, why) => {
  expect(whyNot(new DOMException('', name))).toBe(why);
});

it('tells silence, speech and noise apart', () => {
  const at = (sample: number) => loudness(Float32Array.from({ length: 64 }, () => sample));
  expect(at(0)).toBe(0);
  expect(at(0.05)).toBeGreaterThan(0.5);
  expect(at(0.05)).toBeLessThan(0.8);
  expect(at(1)).toBe(1);
});

it.each([
  ['audio/webm;codecs=opus', 'voice.webm', 'audio/webm'],
  ['audio/mp4', 'voice.m4a', 'audio/mp4'],
  ['audio/ogg;codecs=opus', 'voice.ogg', 'audio/ogg'],
])('a recording of %s that stays a sound is called what it is', (recorded, name, type) => {
  expect(soundFile(new Blob(['x'], { type: recorded }))).toMatchObject({ name, type });
});
