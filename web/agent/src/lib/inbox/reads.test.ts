import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ReadMarks } from './reads';

let statuses: number[];
let told: string[];
let marks: ReadMarks;

beforeEach(() => {
  vi.useFakeTimers();
  statuses = [];
  told = [];
  marks = new ReadMarks('/workspaces/wsp_1');
  vi.stubGlobal('fetch', (path: string, { body }: RequestInit) => {
    const { seq } = JSON.parse(body as string) as { seq: number };
    told.push(`${path.split('/').at(-2)} ${seq}`);
    return Promise.resolve(new Response(null, { status: statuses.shift() ?? 204 }));
  });
});

afterEach(() => {
  marks.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('what the server could not hear is told again until it is heard', async () => {
  statuses = [503, 503, 503];
  await marks.mark('cnv_1', 4);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual(['cnv_1 4', 'cnv_1 4', 'cnv_1 4', 'cnv_1 4']);
});

it('only the newest is told again, of each conversation', async () => {
  statuses = [503, 503];
  await marks.mark('cnv_1', 4);
  await marks.mark('cnv_2', 9);
  await marks.mark('cnv_1', 6);
  told = [];
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual(['cnv_2 9']);
});

it('what is refused, or was marked unread meanwhile, is not told again', async () => {
  statuses = [404, 503];
  await marks.mark('cnv_1', 4);
  await marks.mark('cnv_2', 9);
  marks.forget('cnv_2');
  told = [];
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([]);
});

it('what is waiting is told at once when the connection is back', async () => {
  statuses = [503];
  await marks.mark('cnv_1', 4);
  await marks.tellAll();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual(['cnv_1 4', 'cnv_1 4']);
});
