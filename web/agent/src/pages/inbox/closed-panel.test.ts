import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { useLocale } from '$lib/i18n';
import { conversation } from '$lib/inbox/sample.test-data';
import { Thread } from '$lib/inbox/thread.svelte';
import ClosedPanel from './ClosedPanel.svelte';

const onleave = vi.fn();
let panel: ReturnType<typeof mount>;

beforeAll(() => useLocale('en'));

beforeEach(() => {
  const nothing = () => undefined;
  const unsaved = { read: () => null, isApart: () => false, keep: nothing, forget: nothing };
  const thread = new Thread('wsp_1', 'cnv_1', unsaved, nothing);
  thread.drafts.reply = 'Half a sent';
  panel = mount(ClosedPanel, {
    target: document.body,
    props: {
      conversation: conversation({ id: 'cnv_1' }),
      thread,
      window: { kind: 'closed', until: Date.UTC(2026, 10, 20), ago: 60_000 },
      channel: undefined,
      writing: true,
      onnote: nothing,
      onleave,
    },
  });
  flushSync();
});

afterEach(() => unmount(panel));

/** Whether the panel keeps a press for itself, so that it is no command. */
function keeps(key: string, at: number): boolean {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
  Object.defineProperty(event, 'timeStamp', { value: at });
  return !(document.activeElement?.dispatchEvent(event) ?? true);
}

it('letters are commands once the fingers that were writing have rested', () => {
  expect(document.activeElement).toBe(document.querySelector('textarea[readonly]'));
  const start = performance.now();
  expect(keeps('e', start + 100)).toBe(true);
  expect(keeps('n', start + 1_099)).toBe(true);
  expect(keeps('c', start + 2_099)).toBe(false);
});

it('Esc leaves at once', () => {
  keeps('Escape', performance.now());
  expect(onleave).toHaveBeenCalledOnce();
});
