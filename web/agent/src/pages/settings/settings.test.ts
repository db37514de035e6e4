import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Agent, Frame, Me } from '$lib/api/types';
import { Problem } from '$lib/api/problem';
import { useLocale, useTexts } from '$lib/i18n';
import { Inbox } from '$lib/inbox/inbox.svelte';
import { pauseText } from '$lib/inbox/pauses';
import { Access } from './access.svelte';
// Loaded when it opens: a busy machine takes longer for that than a test waits.
import './Confirm.svelte';
import './InviteDialog.svelte';
import Health from './Health.svelte';
import { prettyRaw, reasonText, sizeText } from './quarantine';
import { Saving } from './saving.svelte';
import { found, mayChange, rolesToGive } from './team';
import Team from './Team.svelte';

const agents: Agent[] = [
  { id: 'agt_0', name: 'Ramón Turia', email: 'ramon@x.example', role: 'owner', avatar: 'RT', former: false },
  { id: 'agt_1', name: 'Marta Ibáñez', email: 'marta@x.example', role: 'admin', avatar: 'MI', former: false },
  { id: 'agt_2', name: 'Ana Roig', email: 'ana@x.example', role: 'agent', avatar: 'AR', former: false },
];
const admin: Me = { agent_id: 'agt_1', role: 'admin', permissions: ['manage_agents', 'manage_health'] };
const agent: Me = { agent_id: 'agt_2', role: 'agent', permissions: [] };
const calls: string[] = [];
const answers = new Map<string, unknown>();

let page: ReturnType<typeof mount> | undefined;
let inbox: Inbox;

class FakeSocket {
  static last: FakeSocket;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose = null;

  constructor() {
    FakeSocket.last = this;
  }

  close(): void {
    this.onmessage = null;
  }

  says(frame: Partial<Frame>): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
    flushSync();
  }
}

async function open(Page: typeof Team | typeof Health, me: Me) {
  answers.set('GET ', {
    me,
    agents,
    channels: [],
    counters: {},
    cursor: 1,
    now: new Date().toISOString(),
    ingest: 'ok',
  });
  inbox = new Inbox('wsp_1', 'usr_1');
  await inbox.open();
  const access = new Access(inbox);
  calls.length = 0;
  page = mount(Page, { target: document.body, props: { access } });
  flushSync();
}

function press(name: string) {
  const buttons = [...document.querySelectorAll('button')];
  const button = buttons.findLast(
    (one) => (one.getAttribute('aria-label') ?? one.textContent?.trim()) === name,
  );
  if (!button) throw new Error(`no button ${name}`);
  button.focus();
  button.click();
  flushSync();
}

beforeAll(async () => {
  await useLocale('en');
  await useTexts('settings');
});

beforeEach(() => {
  calls.length = 0;
  answers.clear();
  answers.set('GET /agents', agents);
  answers.set('GET /invitations', [
    {
      id: 'inv_1',
      email: 'vicent@x.example',
      role: 'agent',
      invited_by: 'Marta',
      expires_at: '2026-11-24T14:08:00Z',
    },
  ]);
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    const call = `${init.method} ${url.replace('/api/v1/workspaces/wsp_1', '')}`;
    calls.push(init.body ? `${call} ${String(init.body)}` : call);
    const answer = answers.get(call);
    return Promise.resolve(
      answer === undefined ? new Response(null, { status: 204 }) : Response.json(answer),
    );
  });
});

afterEach(async () => {
  if (page) await unmount(page);
  page = undefined;
  inbox?.close();
});

describe('the team', () => {
  it('nobody changes an owner or themselves', () => {
    expect(agents.map((one) => mayChange(one, admin))).toEqual([false, false, true]);
  });

  it('only an owner can make an owner', () => {
    expect(rolesToGive('admin')).not.toContain('owner');
    expect(rolesToGive('owner')).toContain('owner');
  });

  it('is searched by name and address, without accents', () => {
    expect(found(agents, ' ibanez').map(({ id }) => id)).toEqual(['agt_1']);
    expect(found(agents, 'ANA@').map(({ id }) => id)).toEqual(['agt_2']);
    expect(found(agents, '')).toHaveLength(3);
  });

  it('shows an agent who is who, and whom to ask, and asks for no invitations', async () => {
    await open(Team, agent);
    await vi.waitFor(() => expect(document.body.textContent).toContain('Ana Roig'));
    expect(document.body.textContent).toContain('Ask Ramón Turia, Marta Ibáñez.');
    expect(calls).toEqual(['GET /agents']);
    expect(document.querySelector('tbody select')).toBeNull();
  });

  it('follows the team: who joins or gets another role is shown without a reload', async () => {
    await open(Team, admin);
    await vi.waitFor(() => expect(document.body.textContent).toContain('3 people'));
    const joined = [...agents, { ...agents[2], id: 'agt_3', name: 'Vicent Pla' } as Agent];
    answers.set('GET /agents', joined);
    answers.set('GET /invitations', []);
    FakeSocket.last.says({ type: 'hello', cursor: 1, now: new Date().toISOString() });
    FakeSocket.last.says({
      type: 'changes',
      cursor: 2,
      now: new Date().toISOString(),
      conversations: [],
      entries: [],
      removed: [],
      reads: [],
      drafts: [],
      counters: { unassigned: 0, all: 0, resolved: 0, mine: {} },
      agents: joined,
    });
    await vi.waitFor(() => expect(document.body.textContent).toContain('Vicent Pla'));
    await vi.waitFor(() => expect(document.body.textContent).not.toContain('vicent@x.example'));
    expect(document.body.textContent).toContain('4 people');
  });

  it('ends a membership only after a question', async () => {
    await open(Team, admin);
    await vi.waitFor(() => expect(document.body.textContent).toContain('Ana Roig'));
    press('End membership of Ana Roig');
    const asked = () => expect(document.querySelector('[role=dialog]')).not.toBeNull();
    await vi.waitFor(asked, { timeout: 20_000 });
    expect(calls).not.toContain('DELETE /agents/agt_2');
    press('End membership');
    await vi.waitFor(() => expect(calls).toContain('DELETE /agents/agt_2'));
  }, 30_000);

  it('has the focus when the line whose button opened a question is gone', async () => {
    await open(Team, admin);
    await vi.waitFor(() => expect(document.body.textContent).toContain('vicent@x.example'));
    press('Revoke the invitation of vicent@x.example');
    await vi.waitFor(() => expect(document.querySelector('[role=dialog]')).not.toBeNull());
    answers.set('GET /invitations', []);
    press('Revoke');
    await vi.waitFor(() => expect(document.querySelector('[role=dialog]')).toBeNull());
    expect(calls).toContain('DELETE /invitations/inv_1');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Team');
  });

  it('asks for the next address after an invitation', async () => {
    answers.set('POST /invitations', {
      link: 'https://charla.example/i/1',
      expires_at: '2026-11-24T14:08:00Z',
    });
    await open(Team, admin);
    await vi.waitFor(() => expect(document.body.textContent).toContain('Ana Roig'));
    press('Invite people');
    const field = () => document.querySelector<HTMLInputElement>('[role=dialog] input[type=email]');
    await vi.waitFor(() => expect(field()).not.toBeNull(), { timeout: 20_000 });
    const first = field();
    if (!first) throw new Error('no field');
    first.value = 'ana@x.example';
    first.dispatchEvent(new Event('input', { bubbles: true }));
    first.form?.requestSubmit();
    await vi.waitFor(() => expect(document.body.textContent).toContain('Invite another'));
    press('Invite another');
    await vi.waitFor(() => expect(document.activeElement).toBe(field()));
    expect(field()?.value).toBe('');
  }, 30_000);

  it('gives a role at once', async () => {
    await open(Team, admin);
    await vi.waitFor(() => expect(document.querySelector('tbody select')).not.toBeNull());
    const select = document.querySelector<HTMLSelectElement>('tbody select');
    if (!select) throw new Error('no select');
    select.value = 'admin';
    select.dispatchEvent(new Event('change', { bubbles: true }));
    await vi.waitFor(() => expect(calls).toContain('PATCH /agents/agt_2 {"role":"admin"}'));
  });
});

describe('health', () => {
  const quarantined = { id: 'q1', received_at: '2026-11-19T14:00:00Z', reason: 'not_a_list', raw: '{"a":1}' };
  const health = {
    journal: { waiting: 0, oldest_at: null },
    quarantine: [quarantined],
    strangers: [],
    outbox: { waiting: 2 },
    channels: [],
  };

  it('is not even asked for by an agent', async () => {
    await open(Health, agent);
    expect(document.body.textContent).toContain(
      'Only admins can see health. Ask Ramón Turia or Marta Ibáñez.',
    );
    expect(calls).toEqual([]);
  });

  it('shows what could not be read, and replays it', async () => {
    answers.set('GET /health', health);
    answers.set('POST /quarantine/q1/replay', { outcome: 'applied', reason: null });
    await open(Health, admin);
    await vi.waitFor(() =>
      expect(document.body.textContent).toContain('Something that should be a list is not'),
    );
    const raw = document.querySelector('pre');
    expect(raw?.hidden).toBe(true);
    press('See');
    expect(raw?.hidden).toBe(false);
    expect(raw?.textContent).toBe('{\n  "a": 1\n}');
    answers.set('GET /health', { ...health, quarantine: [] });
    press('Replay');
    await vi.waitFor(() =>
      expect(document.body.textContent).toContain('Everything that arrived could be read.'),
    );
    expect(calls.some((call) => call.startsWith('POST /quarantine/q1/replay'))).toBe(true);
  });

  it('says how a number that rests is mended, and lets it try again', async () => {
    const channels = [
      { id: 'chn_1', paused: 'payment', last_webhook_at: null },
      { id: 'chn_2', paused: 'token', last_webhook_at: null },
    ];
    answers.set('GET /health', { ...health, channels });
    await open(Health, admin);
    await vi.waitFor(() => expect(document.body.textContent).toContain('charla channel resume chn_1'));
    expect(document.body.textContent).toContain('charla channel connect whatsapp');
    const [alert] = document.querySelectorAll('[role=alert]');
    expect(alert?.textContent).toContain('Meta reports a payment problem');
    expect(alert?.textContent, 'only what is wrong is cried out').not.toContain('charla channel');
    answers.set('GET /health', { ...health, channels: channels.slice(0, 1) });
    document.body.insertAdjacentHTML('beforeend', '<main data-pane="page" tabindex="-1"></main>');
    const pane = document.querySelector('main');
    press('Try again');
    await vi.waitFor(() => expect(document.body.textContent).not.toContain('charla channel connect'));
    expect(calls).toContain('POST /channels/chn_2/resume {}');
    await vi.waitFor(() => expect(document.activeElement).toBe(pane));
    pane?.remove();
  });

  it('names the numbers that nothing here takes', async () => {
    const stranger = {
      app: 'default',
      external_id: '10654',
      first_at: quarantined.received_at,
      last_at: quarantined.received_at,
    };
    const strangers = [
      { ...stranger, updates: 3 },
      { ...stranger, app: 'ventas', updates: 2 },
    ];
    answers.set('GET /health', { ...health, strangers });
    await open(Health, admin);
    await vi.waitFor(() => expect(document.body.textContent).toContain('Numbers that are not connected'));
    const shown = document.body.textContent.replaceAll(/\s+/g, ' ');
    expect(shown).toContain('10654 3 updates');
    expect(shown).toContain('10654 through app ventas 2 updates');
  });

  it('words reasons and pauses, and shows codes it has no words for', () => {
    expect(reasonText('too_deep')).toBe('It is nested too deeply');
    expect(reasonText('brand_new')).toContain('code brand_new');
    expect(pauseText('token')).toBe('Meta no longer accepts its access token');
    expect(pauseText('131031')).toContain('code 131031');
    expect(prettyRaw('no json')).toBe('no json');
    expect([sizeText('ñ'), sizeText('a'.repeat(12_340))]).toEqual(['2 B', '12.3 kB']);
  });
});

describe('saving at once', () => {
  it('tells a failure and can try it again', async () => {
    const saving = new Saving();
    const change = vi.fn().mockRejectedValueOnce(new Problem(0, 'offline')).mockResolvedValue(undefined);
    expect(await saving.save(change)).toBe(false);
    expect(saving.problem).toBe('No connection to Charla.');
    expect(await saving.again()).toBe(true);
    expect(saving.problem).toBeUndefined();
    expect(change).toHaveBeenCalledTimes(2);
  });
});
