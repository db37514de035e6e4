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
  const chosen = change.locale
    ? { preferences: { ...state.session?.user.preferences, language: 'chosen' } }
    : {};
  await enter(await patch<Session>('/me', { ...change, ...chosen }));
}

/** Changes one or more of the user's choices. */
export async function prefer(change: Partial<Preferences>): Promise<void> {
  const user = state.session?.user;
  if (!user) return;
  const preferences = { ...user.preferences, ...change };
  user.preferences = preferences;
  if (change.theme) showTheme(change.theme);
  await enter(await patch<Session>('/me', { preferences }));
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
