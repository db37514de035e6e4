import type { User } from './api/types';

export type Theme = 'system' | 'light' | 'dark';

/** What an agent chose for themselves; kept on the server with the user. */
export interface Preferences {
  theme: Theme;
  /** Which key sends: Enter, or Ctrl/Cmd+Enter. */
  send_key: 'enter' | 'mod_enter';
  single_keys: boolean;
  sounds: boolean;
  volume: number;
  notifications: boolean;
  panel: boolean;
}

export const DEFAULTS: Preferences = {
  theme: 'system',
  send_key: 'enter',
  single_keys: true,
  sounds: true,
  volume: 0.6,
  notifications: false,
  panel: true,
};

/** The user's choices, with the defaults where one is missing or of another kind. */
export function preferencesOf(user: User | null): Preferences {
  const stored = user?.preferences ?? {};
  const entries = Object.entries(DEFAULTS).map(([name, fallback]) => {
    const value = stored[name];
    return [name, typeof value === typeof fallback ? value : fallback];
  });
  return Object.fromEntries(entries) as Preferences;
}
