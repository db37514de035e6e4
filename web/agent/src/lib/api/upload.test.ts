import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { holdUploads, nthUpload } from '$lib/files/fake-upload.test-data';
import { upload } from './upload';

beforeEach(() => {
  vi.useFakeTimers();
  holdUploads();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function begin(): Promise<string> {
  const sent = upload('/uploads', new Blob(['x']), {
    onprogress: () => undefined,
    signal: new AbortController().signal,
  });
  return sent.then(
    () => 'stored',
    () => 'given up',
  );
}

it('an upload that moves no byte is given up', async () => {
  const ended = begin();
  await nthUpload(1);
  await vi.advanceTimersByTimeAsync(46_000);
  expect(await ended).toBe('given up');
});

it('while the server stores what it has whole, it is waited for', async () => {
  const ended = begin();
  const request = await nthUpload(1);
  request.left();
  await vi.advanceTimersByTimeAsync(4 * 60_000);
  expect(request.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await ended).toBe('given up');
});
