/** For an overlay that opens: its field, or else its first button, gets the focus before the next key is read. */
export function focusAtOnce(opening: Event, overlay: HTMLElement | null): void {
  const target = overlay?.querySelector<HTMLElement>('input') ?? overlay?.querySelector('button');
  if (!target) return;
  opening.preventDefault();
  target.focus({ preventScroll: true });
}
