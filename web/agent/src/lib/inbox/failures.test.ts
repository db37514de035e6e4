import { beforeAll, expect, it } from 'vitest';
import { useLocale } from '$lib/i18n';
import { codeOfMeta, failureCauses, failureText, waitsForMeta } from './failures';

beforeAll(() => useLocale('en'));

it('claims no more than WhatsApp said', () => {
  expect(failureText({ code: 131026 })).toBe('WhatsApp could not reach this person');
  expect(failureCauses(131026)).toContain('They may have blocked you');
  expect(failureCauses(131047)).toBeUndefined();
  expect(failureText({ code: -1 }), 'it never left').toBe('it could not be handed to WhatsApp');
  expect(failureText({ code: 999999 })).toContain('code 999999');
});

it('shows the codes of Meta only', () => {
  expect([131026, 0, -1, null].map(codeOfMeta)).toEqual([131026, 0, undefined, undefined]);
});

it.each([
  ['not handed to Meta yet', 'queued', null, false],
  ['Meta was not reached', 'queued', -1, true],
  ['Meta is down', 'queued', 2, true],
  ['too fast', 'queued', 130429, false],
  ['given up', 'failed', 2, false],
] as const)('waits for Meta to answer: %s', (_, delivery, code, waits) => {
  const failure = code === null ? null : { code, detail: null, advice: 'retry' };
  expect(waitsForMeta({ delivery, failure })).toBe(waits);
});
