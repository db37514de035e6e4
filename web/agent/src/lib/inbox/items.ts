import type { Entry } from '$lib/api/types';
import { dayOf } from '$lib/i18n';
import { foldedIn } from './abouts';

const WINDOW = 24 * 60 * 60 * 1000;
/** A customer's clock may be a little ahead of ours. */
const AHEAD = 60 * 1000;

interface Closing {
  at: number;
  /** The provider closed it before its time. */
  refused: boolean;
}

/** One line of the thread as it is drawn. */
export type Item =
  | { type: 'day'; key: string; at: number }
  | { type: 'new'; key: string }
  | { type: 'closed'; key: string; at: number; refused: boolean }
  | { type: 'earlier'; key: string }
  | { type: 'event'; key: string; entry: Entry }
  | { type: 'message'; key: string; entry: Entry; continued: boolean };

interface Context {
  /** What was new when I opened the thread: sequences over `after`, up to `upTo`. */
  fresh: { after: number; upTo: number };
  /** The end of the window, for the closing after the newest inbound message. */
  windowUntil: string | null;
  now: number;
  /** The conversation on the screen; entries before it belong to earlier ones. */
  conversation: string;
}

/** What does not count as the customer writing: it opens no window. */
const SILENT = new Set(['system', 'edit', 'revoke', 'request_welcome']);

/** The lines of a thread: days, the line of new messages, closed windows, events and grouped messages. */
export function itemsOf(entries: readonly Entry[], context: Context): Item[] {
  const items: Item[] = [];
  const closings = closingsOf(entries, context);
  const folded = foldedIn(entries);
  const firstNew =
    context.fresh.after > 0
      ? entries.find((entry) => isNew(entry, context) && !folded.has(entry.id))
      : undefined;
  let last: Entry | undefined;
  let day = '';

  const openDay = (at: number) => {
    const next = dayOf(at);
    if (next === day) return;
    day = next;
    last = undefined;
    items.push({ type: 'day', key: `day-${next}`, at });
  };
  const closeUntil = (limit: number) => {
    for (let next = closings[0]; next !== undefined && next.at <= limit; next = closings[0]) {
      closings.shift();
      openDay(next.at);
      items.push({ type: 'closed', key: `closed-${next.at}`, ...next });
      last = undefined;
    }
  };

  for (const entry of entries) {
    const at = new Date(entry.at).getTime();
    closeUntil(at);
    if (folded.has(entry.id)) continue;
    openDay(at);
    const key = entry.key ?? entry.id;
    if (entry === firstNew) {
      items.push({ type: 'new', key: 'new' });
      last = undefined;
    }
    if (
      last &&
      last.conversation_id !== entry.conversation_id &&
      entry.conversation_id === context.conversation
    ) {
      items.push({ type: 'earlier', key: `earlier-${entry.id}` });
      last = undefined;
    }
    if (entry.direction === 'event') {
      items.push({ type: 'event', key, entry });
      last = undefined;
    } else {
      items.push({ type: 'message', key, entry, continued: last !== undefined && sameVoice(last, entry) });
      last = entry;
    }
  }
  closeUntil(context.now);
  return items;
}

function isNew(entry: Entry, { fresh }: Context): boolean {
  return entry.direction === 'in' && entry.seq > fresh.after && entry.seq <= fresh.upTo;
}

function sameVoice(one: Entry, other: Entry): boolean {
  if (one.direction === 'note' || one.direction !== other.direction) return false;
  return one.direction === 'in' || one.agent_id === other.agent_id;
}

/** When windows closed: 24 h after an inbound message that nothing followed in time, or when the provider said so. */
function closingsOf(entries: readonly Entry[], { windowUntil, now }: Context): Closing[] {
  const inbound = entries
    .filter((entry) => entry.direction === 'in' && !SILENT.has(entry.kind))
    .map((entry) => new Date(entry.at).getTime());
  const closings = inbound.slice(0, -1).flatMap((at, index) => {
    const next = inbound[index + 1] ?? Infinity;
    return next >= at + WINDOW ? [{ at: at + WINDOW, refused: false }] : [];
  });
  const last = inbound.at(-1);
  if (windowUntil === null || last === undefined) return closings;
  const end = new Date(windowUntil).getTime();
  return end <= now ? [...closings, { at: end, refused: end < last + WINDOW - AHEAD }] : closings;
}
