import { get, patch, remove } from './api/client';
import { isProblem } from './api/problem';
import type { Server, Session, User } from './api/types';
import { chooseLocale, useLocale, useTimeZone } from './i18n';
import { type Preferences, preferencesOf } from './preferences';
import { showTheme } from './theme';

interface State {
  server: Server | null;
  session: Session | null;
}

const state = $state<State>({ server: null, session: null });

/** Who is signed in, and to which server. */
export const session = {
  get server(): Server | null {
    return state.server;
  },
  get current(): Session | null {
    return state.session;
  },
  get user(): User | null {
    return state.session?.user ?? null;
  },
  get preferences(): Preferences {
    return preferencesOf(this.user);
  },
};

/** Asks the server what it is and who we are. */
export async function loadSession(): Promise<void> {
  const [server, current] = await Promise.all([get<Server>('/server'), currentSession()]);
  state.server = server;
  if (current) await enter(current);
}

/** Takes over the session the server gave: its language, zone and theme hold from now on. */
export async function enter(next: Session): Promise<void> {
  if (state.session && state.session.user.id !== next.user.id) forget();
  const preferences = preferencesOf(next.user);
  await useLocale(chooseLocale(preferences.language === 'chosen' ? [next.user.locale] : navigator.languages));
  useTimeZone(next.user.time_zone);
  state.session = next;
  showTheme(preferences.theme);
}

/** Changes the signed-in user. */
export async function changeMe(change: Partial<Pick<User, 'name' | 'locale' | 'time_zone'>>): Promise<void> {
  await save(change.locale ? { ...change, preferences: { language: 'chosen' } } : change);
}

/** Changes one or more of the user's choices. */
export async function prefer(change: Partial<Preferences>): Promise<void> {
  const user = state.session?.user;
  if (!user) return;
  user.preferences = { ...user.preferences, ...change };
  if (change.theme) showTheme(change.theme);
  await save({ preferences: change });
}

/** The other windows of this browser. */
const windows = new BroadcastChannel('charla.me');
/** Moves with every change of ours: an answer that was asked for before one is old. */
let changes = 0;

async function save(change: object): Promise<void> {
  changes += 1;
  const mine = changes;
  const next = await patch<Session>('/me', change);
  // What was chosen since is newer than this answer.
  if (mine === changes) {
    changes += 1;
    await enter(next);
  }
  windows.postMessage('changed');
}

/** Takes over what the user changes in other windows, and elsewhere while this one is not looked at. */
export function followUser(): void {
  windows.onmessage = () => void refresh();
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void refresh();
  });
}

async function refresh(): Promise<void> {
  if (!state.session) return;
  const asked = changes;
  try {
    const next = await currentSession();
    if (next && state.session && asked === changes) await enter(next);
  } catch (thrown) {
    if (!isProblem(thrown)) throw thrown;
  }
}

/** Ends the session on the server. */
export async function signOut(): Promise<void> {
  await remove('/session');
  forget();
}

const leavings = new Set<() => void>();

/** Does something when this user's session is over, such as letting go of what was loaded for them. */
export function whenForgotten(run: () => void): void {
  leavings.add(run);
}

/** The session is over, whoever ended it. */
export function forget(): void {
  for (const run of leavings) run();
  state.session = null;
}

async function currentSession(): Promise<Session | null> {
  try {
    return await get<Session>('/session');
  } catch (thrown) {
    if (isProblem(thrown, 'signed-out') || (isProblem(thrown) && thrown.status === 401)) return null;
    throw thrown;
  }
}
