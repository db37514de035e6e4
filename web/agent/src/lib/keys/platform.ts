/** Whether this is a Mac, where Cmd takes the place of Ctrl. */
export function isMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}

/** The sign of the key that goes with a letter. */
export function modKey(): string {
  return isMac() ? '⌘' : 'Ctrl ';
}
