let newer = $state(false);

/** Whether the server carries other pages by now than this tab runs: what is loaded later may be gone. */
export function isOutdated(): boolean {
  return newer;
}

/** Asks the server for its first page, which names the script that it starts with. */
export async function lookForUpdate(): Promise<void> {
  const own = document.querySelector<HTMLScriptElement>('script[type="module"][src]')?.getAttribute('src');
  if (newer || own == null) return;
  try {
    const answer = await fetch('/', { cache: 'no-store' });
    newer = answer.ok && !(await answer.text()).includes(own);
  } catch {
    // Without a connection nothing is known; the next look will tell.
  }
}
