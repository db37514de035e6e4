import { flushSync, mount, tick, unmount } from 'svelte';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { useLocale } from '$lib/i18n';
import { forget, loadSession } from '$lib/session.svelte';
import { path } from '$lib/router.svelte';
import { afterSignIn } from './next';
import SignInPage from './SignInPage.svelte';

const answers = new Map<string, () => Response>();
const server = {
  setup_needed: false,
  demo: false,
  sandbox_url: null,
  workspace_name: 'Casa Turia',
  public_host: 'inbox.example',
};
const session = {
  user: { id: 'usr_1', name: 'Marta', email: 'm@x.example', locale: 'en', time_zone: 'UTC', preferences: {} },
  workspaces: [{ id: 'wsp_1', name: 'Casa Turia', role: 'admin', agent_id: 'agt_1' }],
};

function problem(status: number, code: string, params: Record<string, unknown>): Response {
  return Response.json(
    { code, status, params },
    { status, headers: { 'content-type': 'application/problem+json' } },
  );
}

let page: ReturnType<typeof mount> | undefined;

async function open() {
  page = mount(SignInPage, { target: document.body });
  flushSync();
  await tick();
}

function fill(email: string, password: string) {
  for (const [selector, value] of [
    ['[type=email]', email],
    ['[type=password]', password],
  ] as const) {
    const input = document.querySelector<HTMLInputElement>(selector);
    if (!input) throw new Error(selector);
    input.value = value;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }
}

function submit() {
  document
    .querySelector('form')
    ?.dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true }));
}

const alerts = () => [...document.querySelectorAll('[role=alert]')].map((alert) => alert.textContent?.trim());
const button = () => document.querySelector<HTMLButtonElement>('button[type=submit]');

beforeAll(() => useLocale('en'));

beforeEach(async () => {
  answers.clear();
  answers.set('GET /api/v1/server', () => Response.json(server));
  answers.set('GET /api/v1/session', () => problem(401, 'signed-out', {}));
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    const answer = answers.get(`${init.method} ${url}`);
    return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError('no route'));
  });
  await loadSession();
});

afterEach(async () => {
  if (page) await unmount(page);
  page = undefined;
  forget();
});

describe('the sign-in page', () => {
  it('asks for what is missing before it asks the server', async () => {
    await open();
    submit();
    await vi.waitFor(() => expect(alerts()).toEqual(['Write your email address.', 'Write your password.']));
    expect(document.activeElement).toBe(document.querySelector('[type=email]'));
  });

  it('tells beside the password how many tries are left, and goes there', async () => {
    answers.set('POST /api/v1/session', () => problem(401, 'wrong-password', { tries_left: 3 }));
    await open();
    fill('m@x.example', 'wrong');
    submit();
    await vi.waitFor(() =>
      expect(alerts()).toEqual(['Email and password do not match. 3 tries left before a pause.']),
    );
    expect(document.activeElement).toBe(document.querySelector('[type=password]'));
  });

  it('takes no try during a pause, and takes them again after it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const retry_at = new Date(Date.now() + 600_000).toISOString();
    const asked = vi.fn(() => problem(429, 'too-many-tries', { retry_at }));
    answers.set('POST /api/v1/session', asked);
    await open();
    fill('m@x.example', 'wrong');
    submit();
    await vi.waitFor(() => expect(button()?.getAttribute('aria-disabled')).toBe('true'));
    expect(alerts()[0]).toMatch(/^Too many tries\. You can try again at \d\d:\d\d\.$/);
    submit();
    expect(asked).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(600_001);
    flushSync();
    expect(button()?.getAttribute('aria-disabled')).toBeNull();
    expect(alerts()).toEqual([]);
    vi.useRealTimers();
  });

  it('leads to the inbox', async () => {
    answers.set('POST /api/v1/session', () => Response.json(session));
    await open();
    fill('m@x.example', 'a good long password');
    submit();
    await vi.waitFor(() => expect(path()).toBe('/w/wsp_1/inbox/all'));
  });

  it('explains on request what to do about a forgotten password', async () => {
    await open();
    const help = document.getElementById('forgotten');
    expect(help?.hidden).toBe(true);
    document.querySelector<HTMLButtonElement>('[aria-controls=forgotten]')?.click();
    flushSync();
    expect(help?.hidden).toBe(false);
    expect(help?.textContent).toContain('charla user reset');
  });
});

describe('where sign-in leads', () => {
  it.each([
    ['/w/wsp_1/settings/team', '/w/wsp_1/settings/team'],
    [null, '/w/wsp_9/inbox/all'],
    ['//evil.example', '/w/wsp_9/inbox/all'],
    ['/w//evil.example', '/w/wsp_9/inbox/all'],
    ['/w/\\evil.example', '/w/wsp_9/inbox/all'],
    ['https://evil.example/w/wsp_1', '/w/wsp_9/inbox/all'],
    ['/sign-in', '/w/wsp_9/inbox/all'],
  ])('asked for %s', (next, expected) => {
    expect(afterSignIn(next, 'wsp_9')).toBe(expected);
  });
});
