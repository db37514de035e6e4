export interface Toast {
  id: number;
  text: string;
  action?: { label: string; run: () => void };
}

const SHOWN_FOR = 8_000;
const MOST = 3;
const shown = $state<Toast[]>([]);
let last = 0;

/** The toasts on screen, oldest first. */
export function toasts(): readonly Toast[] {
  return shown;
}

/**
 * Shows a line for 8 s, with an action such as Undo; of more than three the oldest gives way. A line that only tells
 * what stands there already takes its place.
 */
export function toast(text: string, action?: Toast['action']): number {
  const told = action ? undefined : shown.find((one) => one.text === text && !one.action);
  if (told) dismiss(told.id);
  last += 1;
  const id = last;
  shown.push(action ? { id, text, action } : { id, text });
  if (shown.length > MOST) shown.shift();
  setTimeout(() => dismiss(id), SHOWN_FOR);
  return id;
}

/** Takes a toast away. */
export function dismiss(id: number): void {
  const index = shown.findIndex((one) => one.id === id);
  if (index >= 0) shown.splice(index, 1);
}

/** Takes all of them away. */
export function dismissAll(): void {
  shown.length = 0;
}

/** Runs the newest action on screen, as `z` does. False when there is none. */
export function undoLast(): boolean {
  const newest = shown.findLast((one) => one.action);
  if (!newest?.action) return false;
  dismiss(newest.id);
  newest.action.run();
  return true;
}
