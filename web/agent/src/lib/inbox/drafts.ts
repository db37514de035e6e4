import type { Mode } from '$lib/api/types';

/** One user's text in one conversation that could not reach the server yet. */
export interface UnsavedDrafts {
  /** The user and the conversation. */
  readonly owner: string;
  read(mode: Mode): string | null;
  /** Whether it was typed before the server's own draft was known, which it must not replace then. */
  isApart(mode: Mode): boolean;
  keep(mode: Mode, text: string, apart: boolean): void;
  forget(mode: Mode): void;
}

/** Kept in the browser, so that closing the tab does not lose what was written. */
export function unsavedDrafts(user: string, conversation: string): UnsavedDrafts {
  const owner = `${user}.${conversation}`;
  const key = (mode: Mode) => `charla.draft.${owner}.${mode}`;
  const apart = (mode: Mode) => `${key(mode)}.apart`;
  return {
    owner,
    read: (mode) => localStorage.getItem(key(mode)),
    isApart: (mode) => localStorage.getItem(apart(mode)) !== null,
    keep(mode, text, isApart) {
      if (isApart) localStorage.setItem(apart(mode), '1');
      else localStorage.removeItem(apart(mode));
      localStorage.setItem(key(mode), text);
    },
    forget(mode) {
      localStorage.removeItem(key(mode));
      localStorage.removeItem(apart(mode));
    },
  };
}
