import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { useLocale } from '$lib/i18n';
import { conversation } from '$lib/inbox/sample.test-data';
import { Thread } from '$lib/inbox/thread.svelte';
import ClosedPanel from './ClosedPanel.svelte';

/** When the panel takes the place of what was being written, on the page's clock. */
const SHOWN = 5_000;
const onleave = vi.fn();
let panel: ReturnType<typeof mount>;

beforeAll(() => useLocale('en'));

beforeEach(() => {
  vi.spyOn(performance, 'now').mockReturnValue(SHOWN);
  const nothing = () => undefined;
  const unsaved = {
    owner: 'usr_1.cnv_1',
    read: () => null,
    isApart: () => false,
    keep: nothing,
    forget: nothing,
  };
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

afterEach(() => {
  vi.restoreAllMocks();
  onleave.mockClear();
  return unmount(panel);
});

/** Whether the panel keeps a press for itself, so that it is no command. */
function keeps(key: string, at: number): boolean {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
  Object.defineProperty(event, 'timeStamp', { value: at });
  return !(document.activeElement?.dispatchEvent(event) ?? true);
}

it('letters are commands once the fingers that were writing have rested', () => {
  expect(document.activeElement).toBe(document.querySelector('textarea[readonly]'));
  expect(keeps('e', SHOWN + 100)).toBe(true);
  expect(keeps('n', SHOWN + 1_099)).toBe(true);
  expect(keeps('c', SHOWN + 2_099)).toBe(false);
});

it('Space presses the button it is on, however short the rest', () => {
  expect(keeps(' ', SHOWN + 100)).toBe(true);
  document.querySelector('button')?.focus();
  expect(keeps(' ', SHOWN + 200)).toBe(false);
});

it('Esc leaves at once', () => {
  keeps('Escape', SHOWN);
  expect(onleave).toHaveBeenCalledOnce();
});
