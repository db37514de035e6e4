import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Customer, Detail, LogEntry, SandboxState } from './control';
import { isError, KEPT, matches, merged, told } from './events';
import { allOff } from './faults';
import { inboxLink } from './link';
import { newCustomer, wrongFields } from './newcomer';
import { inOrderOf, lastWritersFirst, players } from './players';
import { Refresher } from './refresher';
import { Sandbox } from './sandbox.svelte';
import { catalogs, firstLocale } from './words';
import { Writing } from './writing.svelte';

const customer = (id: string): Customer => ({
  id,
  wa_id: id,
  bsuid: null,
  name: id,
  username: null,
  reads: 'auto',
  online: true,
  unread: 0,
  threads: [],
});

const detail = (part: Partial<Detail>): Detail => ({
  what: '',
  from: null,
  updates: null,
  sent: null,
  ...part,
});

const entry = (n: number, part: Partial<LogEntry> = {}): LogEntry => ({
  n,
  at: '2026-11-19T14:06:11.310Z',
  direction: 'to_charla',
  kind: 'status',
  detail: detail({ what: 'read' }),
  http: 200,
  took_ms: 3,
  request: null,
  response: null,
  headers: {},
  url: 'http://127.0.0.1:8080/webhooks/meta',
  ...part,
});

describe('events', () => {
  it('join newest first, once each, and keep no more than the newest', () => {
    const many = Array.from({ length: KEPT + 5 }, (_, i) => entry(i + 1));
    const joined = merged(many, [entry(KEPT + 5, { kind: 'changed' })]);
    expect(joined).toHaveLength(KEPT);
    expect(joined[0]).toMatchObject({ n: KEPT + 5, kind: 'changed' });
    expect(joined.at(-1)?.n).toBe(6);
  });

  it('filter by direction and by failure', () => {
    const refused = entry(1, { direction: 'from_charla', http: 400 });
    const unanswered = entry(2, { http: null });
    expect([refused, unanswered, entry(3)].filter((e) => matches(e, 'errors'))).toEqual([
      refused,
      unanswered,
    ]);
    expect([refused, unanswered].filter((e) => matches(e, 'to_charla'))).toEqual([unanswered]);
    expect(isError(entry(4, { http: 399 }))).toBe(false);
  });

  it.each([
    [{ what: 'text', from: 'Vera' }, 'text from \u2068Vera\u2069', 'texto de \u2068Vera\u2069'],
    [{ what: 'read', sent: 'again' }, 'read · again', 'leído · otra vez'],
    [{ updates: 3, sent: 'replay' }, '3 updates · replay', '3 novedades · reenviado'],
    [{ sent: 'by_hand' }, 'by hand', 'a mano'],
    [{ what: 'id,name' }, 'id,name', 'id,name'],
  ] as const)('say what they are about in the language of the page: %o', (about, en, es) => {
    expect(told(detail(about), catalogs.en.events)).toBe(en);
    expect(told(detail(about), catalogs.es.events)).toBe(es);
  });
});

describe('players', () => {
  const [a, b, c] = [customer('a'), customer('b'), customer('c')];

  it('are the first two that are free, unless chosen', () => {
    expect(players([null, null], [a, b, c])).toEqual([a, b]);
    expect(players([null, 'a'], [a, b, c])).toEqual([b, a]);
    expect(players(['gone', 'c'], [a, b, c])).toEqual([a, c]);
  });

  it('begin with those who wrote last, and keep their order when somebody else writes', () => {
    const wrote = (id: string, at: string | null) => {
      const thread = { ...customer(id).threads[0], last_inbound: at };
      return { ...customer(id), threads: [thread] } as ReturnType<typeof customer>;
    };
    const people = [wrote('a', null), wrote('b', '2026-11-19T08:00:00Z'), wrote('c', '2026-11-19T09:00:00Z')];
    const order = lastWritersFirst(people);
    expect(order).toEqual(['c', 'b', 'a']);
    const later = [...people.map(({ id }) => customer(id)), customer('new')];
    expect(inOrderOf(order, later).map(({ id }) => id)).toEqual(['c', 'b', 'a', 'new']);
  });

  it('may be the same on both phones only when chosen', () => {
    expect(players(['a', 'a'], [a, b])).toEqual([a, a]);
    expect(players([null, null], [a])).toEqual([a, null]);
  });
});

describe('a newcomer', () => {
  const typed = { name: ' Ana ', by: 'phone' as const, phone: '+34 (600) 00-99.01', username: '' };

  it('is sent with bare digits or a bare username', () => {
    expect(wrongFields(typed)).toEqual([]);
    expect(newCustomer(typed)).toEqual({ name: 'Ana', wa_id: '34600009901' });
    expect(newCustomer({ ...typed, by: 'username', username: '@ana.r' })).toEqual({
      name: 'Ana',
      username: 'ana.r',
    });
  });

  it('names every wrong field, and only those that count', () => {
    expect(wrongFields({ name: ' ', by: 'phone', phone: '12', username: '!' })).toEqual(['name', 'phone']);
    expect(wrongFields({ name: 'Ana', by: 'username', phone: '12', username: 'a b' })).toEqual(['username']);
  });
});

describe('the inbox link', () => {
  it.each([
    ['?inbox=http://127.0.0.1:8080/', null, 'http://127.0.0.1:8080/'],
    ['', 'https://inbox.example/', 'https://inbox.example/'],
    ['?inbox=javascript:alert(1)', 'https://inbox.example/', 'https://inbox.example/'],
    ['?inbox=javascript:alert(1)', null, null],
  ])('%s and %s', (query, told, expected) => {
    expect(inboxLink(query, told)).toBe(expected);
  });
});

describe('the language', () => {
  it('is the stored one, else the browser’s first that is known', () => {
    expect(firstLocale('es', ['en-GB'])).toBe('es');
    expect(firstLocale(null, ['fr-FR', 'es-MX', 'en'])).toBe('es');
    expect(firstLocale('xx', ['de'])).toBe('en');
  });
});

describe('a refresher', () => {
  it('never runs twice at once, and once more for all who asked meanwhile', async () => {
    let release: (() => void)[] = [];
    const load = vi.fn(() => new Promise<void>((resolve) => release.push(resolve)));
    const refresher = new Refresher(load);
    const first = refresher.ask();
    void refresher.ask();
    void refresher.ask();
    expect(load).toHaveBeenCalledTimes(1);
    release.shift()?.();
    await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(2));
    release.shift()?.();
    await first;
    expect(load).toHaveBeenCalledTimes(2);
    release = [];
  });
});

describe('what a customer writes', () => {
  const answers: ((taken: boolean) => void)[] = [];
  const posted: string[] = [];
  const post = (text: string) => {
    posted.push(text);
    return new Promise<boolean>((resolve) => answers.push(resolve));
  };
  const type = (writing: Writing, text: string) => {
    writing.draft = text;
    return writing.send(post);
  };

  beforeEach(() => {
    answers.length = 0;
    posted.length = 0;
  });

  it('leaves the box at once, and goes out one after the other', async () => {
    const writing = new Writing();
    const sent = type(writing, ' one ');
    expect(writing.draft).toBe('');
    void type(writing, 'two');
    void type(writing, '  ');
    writing.draft = 'thr';
    expect(posted).toEqual(['one']);
    answers.shift()?.(true);
    await vi.waitFor(() => expect(posted).toEqual(['one', 'two']));
    answers.shift()?.(true);
    await sent;
    expect(writing.draft).toBe('thr');
  });

  it('comes back when it is not taken, before what was typed meanwhile', async () => {
    const writing = new Writing();
    const sent = type(writing, 'one');
    void type(writing, 'two');
    writing.draft = 'thr';
    answers.shift()?.(false);
    await sent;
    expect(writing.draft).toBe('one\ntwo\nthr');
    expect(posted).toEqual(['one']);
    void writing.send(post);
    expect(posted).toEqual(['one', 'one\ntwo\nthr']);
  });
});

describe('the sandbox', () => {
  const state: SandboxState = {
    clock: { now: '2026-11-19T14:08:00Z', offset_seconds: 0, movable: true },
    numbers: [],
    customers: [],
    faults: allOff() as SandboxState['faults'],
    callback: { url: null, failing: false, waiting: 0 },
  };
  const answers = new Map<string, () => Response>();

  beforeEach(() => {
    answers.clear();
    answers.set('/control/state', () => Response.json(state));
    vi.stubGlobal('fetch', (path: string) => {
      const answer = answers.get(path);
      return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError('no route'));
    });
  });

  it('runs on the server’s clock', async () => {
    const sandbox = new Sandbox();
    await sandbox.refresh();
    expect(Math.abs(sandbox.now - Date.parse(state.clock.now))).toBeLessThan(1000);
  });

  it('tells a refusal in the server’s words and forgets it with the next action', async () => {
    const sandbox = new Sandbox();
    const refused = () => fetch('/control/clock');
    answers.set('/control/clock', () => Response.json({ title: 'The clock is fixed' }, { status: 409 }));
    const { control } = await import('./control');
    expect(await sandbox.act(() => control.advance(3600))).toBe(false);
    expect(sandbox.refusal).toBe('The clock is fixed');
    expect(await sandbox.act(refused)).toBe(true);
    expect(sandbox.refusal).toBeNull();
  });

  it('knows when the server cannot be reached, and when it is back', async () => {
    const sandbox = new Sandbox();
    answers.delete('/control/state');
    await sandbox.refresh();
    expect(sandbox.reachable).toBe(false);
    answers.set('/control/state', () => Response.json(state));
    await sandbox.refresh();
    expect(sandbox.reachable).toBe(true);
  });
});
