import { expect, it } from 'vitest';
import type { ChannelPage } from '$lib/api/types';
import { restOf } from './troubles';

const channel = (paused: string | null, ...codes: string[]) =>
  ({ paused, troubles: codes.map((code) => ({ code, severity: 'bad' })) }) as unknown as ChannelPage;

it.each([
  ['what sends', channel(null, 'quality_low'), undefined],
  ['what was disconnected', channel('disconnected'), undefined],
  ['what an admin paused', channel('by_hand'), 'by_hand'],
  ['a token that is over, said by its trouble', channel('token', 'token_over'), undefined],
  ['a token that is over, not read yet', channel('token'), 'token'],
  ['a payment, beside another trouble', channel('payment', 'quality_low'), 'payment'],
])('why %s rests is said once', (_, one, said) => {
  expect(restOf(one)).toBe(said);
});
