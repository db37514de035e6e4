import { beforeEach, expect, it } from 'vitest';
import { Outbox } from './outbox';

beforeEach(() => localStorage.clear());

const message = (key: string) => ({
  key,
  conversation: 'cnv_1',
  mode: 'reply' as const,
  text: key,
  at: '2026-11-19T10:00:00Z',
});
const kept = () => new Outbox('wsp_1.usr_1').waiting.map(({ key }) => key);

it('two tabs of one user keep each other’s texts', () => {
  const [here, there] = [new Outbox('wsp_1.usr_1'), new Outbox('wsp_1.usr_1')];
  here.add(message('a'));
  there.add(message('b'));
  expect(kept()).toEqual(['a', 'b']);
  there.settle('b');
  expect(kept()).toEqual(['a']);
});

it('what is settled in one tab does not come back with the next text of another', () => {
  const here = new Outbox('wsp_1.usr_1');
  here.add(message('a'));
  const there = new Outbox('wsp_1.usr_1');
  here.settle('a');
  there.add(message('b'));
  expect(kept()).toEqual(['b']);
});
