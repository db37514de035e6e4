import { beforeAll, expect, it } from 'vitest';
import { useLocale } from '$lib/i18n';
import { codeOfMeta, failureCauses, failureText, nextStep, waitsForMeta } from './failures';

beforeAll(() => useLocale('en'));

it('claims no more than WhatsApp said', () => {
  expect(failureText({ code: 131026 })).toBe('WhatsApp could not reach this person');
  expect(failureCauses(131026)).toContain('They may have blocked you');
  expect(failureCauses(131047)).toBeUndefined();
  expect(failureText({ code: -1 }), 'it never left').toBe('it could not be handed to WhatsApp');
  expect(failureText({ code: 999999 })).toBe('WhatsApp refused it');
});

/** The codes that the server knows, as it has them: of a range that is no list, the ends. */
function codesOfMeta(): number[] {
  const sources = import.meta.glob<string>('../../../../../crates/meta/src/errors.rs', {
    query: '?raw',
    import: 'default',
    eager: true,
  });
  const table = Object.values(sources).join().split('const TABLE')[1]?.split('];')[0] ?? '';
  const ranges = [...table.matchAll(/([\d_]+)\.\.=([\d_]+)/g)].map(([, from, to]) =>
    [from, to].map((digits) => Number(digits?.replaceAll('_', ''))),
  );
  return ranges.flatMap(([from = 0, to = 0]) =>
    to - from > 10 ? [from, to] : Array.from({ length: to - from + 1 }, (_, index) => from + index),
  );
}

it.each(['en', 'es'] as const)('every code has words and a next step in %s', async (language) => {
  await useLocale(language);
  const codes = codesOfMeta();
  expect(codes.length).toBeGreaterThan(80);
  const unknown = { text: failureText({ code: 999999 }), step: nextStep(999999) };
  const poor = codes.filter(
    (code) =>
      failureText({ code }) === unknown.text ||
      nextStep(code) === unknown.step ||
      nextStep(code).startsWith('failure.'),
  );
  expect(poor).toEqual([]);
  await useLocale('en');
});

it('says what to do about a code that nobody knows', () => {
  expect(nextStep(999999)).toBe('Send it again. If it stays so, show your admin what stands in Details.');
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
