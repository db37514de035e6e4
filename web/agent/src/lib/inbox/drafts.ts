import type { Mode } from '$lib/api/types';

/** One user's text in one conversation that could not reach the server yet. */
export interface UnsavedDrafts {
  read(mode: Mode): string | null;
  keep(mode: Mode, text: string): void;
  forget(mode: Mode): void;
}

/** Kept in the browser, so that closing the tab does not lose what was written. */
export function unsavedDrafts(user: string, conversation: string): UnsavedDrafts {
  const key = (mode: Mode) => `charla.draft.${user}.${conversation}.${mode}`;
  return {
    read: (mode) => localStorage.getItem(key(mode)),
    keep: (mode, text) => localStorage.setItem(key(mode), text),
    forget: (mode) => localStorage.removeItem(key(mode)),
  };
}
