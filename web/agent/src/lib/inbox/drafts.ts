import type { Mode } from '$lib/api/types';

const key = (conversation: string, mode: Mode) => `charla.draft.${conversation}.${mode}`;

/** Text that could not reach the server yet: kept in the browser so that closing the tab does not lose it. */
export const unsavedDrafts = {
  read: (conversation: string, mode: Mode): string | null => localStorage.getItem(key(conversation, mode)),
  keep: (conversation: string, mode: Mode, text: string): void =>
    localStorage.setItem(key(conversation, mode), text),
  forget: (conversation: string, mode: Mode): void => localStorage.removeItem(key(conversation, mode)),
};
