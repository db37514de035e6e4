import { beforeAll, expect, it } from 'vitest';
import { useLocale } from '$lib/i18n';
import { codeOfMeta, failureCauses, failureText } from './failures';

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
