import type { User } from './api/types';

export type Theme = 'system' | 'light' | 'dark';

/** What an agent chose for themselves; kept on the server with the user. */
export interface Preferences {
  theme: Theme;
  /** Which key sends: Enter, or Ctrl/Cmd+Enter. */
  send_key: 'enter' | 'mod_enter';
  /** How long a message waits before it goes out; the server holds it back. */
  undo_seconds: number;
  single_keys: boolean;
  sounds: boolean;
  /** Also while Charla is looked at, except for the open conversation. */
  sounds_in_front: boolean;
  volume: number;
  notifications: boolean;
  panel: boolean;
  /** Whether the screens follow the browser's language, or the one the user chose. */
  language: 'browser' | 'chosen';
}

/** Longest time, in seconds, that a message may wait to be undone. */
export const LONGEST_UNDO = 30;

export const DEFAULTS: Preferences = {
  theme: 'system',
  send_key: 'enter',
  undo_seconds: 5,
  single_keys: true,
  sounds: true,
  sounds_in_front: false,
  volume: 0.6,
  notifications: false,
  panel: true,
  language: 'browser',
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
