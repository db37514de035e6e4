/** A note about a contact that is not added yet, kept in this browser as its user left it. */
export interface NoteDraft {
  read(): string;
  keep(text: string): void;
}

export function noteDraft(user: string, contact: string): NoteDraft {
  const key = `charla.draft.${user}.${contact}.note`;
  return {
    read: () => localStorage.getItem(key) ?? '',
    keep(text) {
      if (text === '') localStorage.removeItem(key);
      else localStorage.setItem(key, text);
    },
  };
}
