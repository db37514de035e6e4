/** Words for screen readers, spoken from regions of their own (`Announcer.svelte`). */
const spoken = $state({ polite: '', assertive: '' });

/** Speaks politely: after what is being said. */
export function announce(text: string): void {
  say('polite', text);
}

/** Speaks at once: for failures only. */
export function alert(text: string): void {
  say('assertive', text);
}

/** Empties the regions: what was said is nobody else's business. */
export function hush(): void {
  spoken.polite = '';
  spoken.assertive = '';
}

/** What the regions hold now. */
export function announced(): { readonly polite: string; readonly assertive: string } {
  return spoken;
}

function say(how: 'polite' | 'assertive', text: string): void {
  // The same words twice are no change to a live region: a no-break space makes them one.
  spoken[how] = spoken[how] === text ? `${text}\u00a0` : text;
}
