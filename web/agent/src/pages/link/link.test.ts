import { mount, unmount } from 'svelte';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { useLocale, useTimeZone } from '$lib/i18n';
import { path } from '$lib/router.svelte';
import { forget } from '$lib/session.svelte';
import LinkPage from './LinkPage.svelte';

const answers = new Map<string, () => Response>();
const session = {
  user: {
    id: 'usr_1',
    name: 'Vicent',
    email: 'v@x.example',
    locale: 'en',
    time_zone: 'UTC',
    preferences: {},
  },
  workspaces: [
    { id: 'wsp_0', name: 'Another', role: 'agent', agent_id: 'agt_0' },
    { id: 'wsp_1', name: 'Casa Turia', role: 'agent', agent_id: 'agt_1' },
  ],
};
const invitation = {
  kind: 'invite',
  workspace_name: 'Casa Turia',
  invited_by: 'Marta Ibáñez',
  role: 'agent',
  email: 'v@x.example',
  has_account: false,
  expires_at: '2026-11-24T14:08:00Z',
};
const ended = (params: object) => Response.json({ code: 'link-ended', status: 404, params }, { status: 404 });

let page: ReturnType<typeof mount> | undefined;

function open() {
  page = mount(LinkPage, { target: document.body, props: { params: { token: 't1' } } });
}

const text = () => document.body.textContent ?? '';

beforeAll(async () => {
  await useLocale('en');
  useTimeZone('UTC');
});

beforeEach(() => {
  answers.clear();
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    const answer = answers.get(`${init.method} ${url.replace('/api/v1', '')}`);
    return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError('no route'));
  });
});

afterEach(async () => {
  if (page) await unmount(page);
  page = undefined;
  forget();
});

describe('a link', () => {
  it('that signs in needs no click', async () => {
    answers.set('GET /links/t1', () => Response.json({ ...invitation, kind: 'sign_in' }));
    answers.set('POST /links/t1', () => Response.json(session));
    open();
    await vi.waitFor(() => expect(path()).toBe('/w/wsp_1/inbox/all'));
  });

  it('of an invitation asks newcomers for a name and a password', async () => {
    answers.set('GET /links/t1', () => Response.json(invitation));
    open();
    await vi.waitFor(() => expect(text()).toContain('Join Casa Turia'));
    expect(text()).toContain('Marta Ibáñez invited you');
    expect(text()).toContain('24 Nov 2026, 14:08');
    expect(document.querySelectorAll('[autocomplete=name], [autocomplete=new-password]')).toHaveLength(2);
  });

  it('of an invitation asks those who sign in here already for their password only', async () => {
    answers.set('GET /links/t1', () => Response.json({ ...invitation, has_account: true }));
    open();
    await vi.waitFor(() => expect(text()).toContain('Your password'));
    expect(document.querySelector('[autocomplete=name]')).toBeNull();
    expect(document.querySelector('[autocomplete=current-password]')).not.toBeNull();
  });

  it('that is too old says whom to ask', async () => {
    answers.set('GET /links/t1', () =>
      ended({ ended_at: '2026-11-24T14:08:00Z', invited_by: 'Marta Ibáñez' }),
    );
    open();
    await vi.waitFor(() => expect(text()).toContain('Ask Marta Ibáñez for a new one.'));
  });

  it('that was used says so', async () => {
    answers.set('GET /links/t1', () => ended({}));
    open();
    await vi.waitFor(() => expect(text()).toContain('It was used already, or it is too old.'));
  });

  it('that could not be looked up can be tried again', async () => {
    open();
    await vi.waitFor(() => expect(text()).toContain('No connection to Charla.'));
    answers.set('GET /links/t1', () => Response.json(invitation));
    document.querySelector<HTMLButtonElement>('[role=alert] button')?.click();
    await vi.waitFor(() => expect(text()).toContain('Join Casa Turia'));
  });
});
