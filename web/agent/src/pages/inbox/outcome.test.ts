import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { useLocale } from '$lib/i18n';
import { entry } from '$lib/inbox/sample.test-data';
import Outcome from './Outcome.svelte';

let outcome: ReturnType<typeof mount> | undefined;

beforeAll(() => useLocale('en'));
afterEach(async () => {
  if (outcome) await unmount(outcome);
});

function failedWith(code: number): string {
  const nothing = () => undefined;
  outcome = mount(Outcome, {
    target: document.body,
    props: {
      entry: entry({ id: 'msg_1', delivery: 'failed', failure: { code, detail: null, advice: 'retry' } }),
      mine: true,
      offline: false,
      channel: undefined,
      windowOpen: true,
      ondetails: nothing,
      onundo: nothing,
      onretry: nothing,
    },
  });
  flushSync();
  return document.body.textContent;
}

it('a failure shows the code that Meta gave', () => {
  expect(failedWith(131026)).toContain('131026');
});

it('a failure that nobody knows is told in words, and its code once', () => {
  const shown = failedWith(999999);
  expect(shown).toContain('WhatsApp refused it');
  expect(shown).toContain('Send it again.');
  expect(shown.split('999999')).toHaveLength(2);
});

it('a failure that Meta knows nothing of shows no code', () => {
  const shown = failedWith(-1);
  expect(shown).toContain('it could not be handed to WhatsApp');
  expect(shown).not.toContain('-1');
});
