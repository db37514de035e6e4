import type { Conversation, Entry, Instant } from '$lib/api/types';

export type View = 'mine' | 'unassigned' | 'all' | 'expiring' | 'resolved';
export const VIEWS: readonly View[] = ['mine', 'unassigned', 'all', 'expiring', 'resolved'];

const EXPIRING = 4 * 60 * 60 * 1000;

/** Whether the name is one of the views. */
export function isView(name: string | undefined): name is View {
  return VIEWS.includes(name as View);
}

/** The newer of two states of a conversation. What live frames leave out (my read position, my draft) is kept. */
export function mergeConversation(known: Conversation | undefined, incoming: Conversation): Conversation {
  if (!known) return incoming;
  const [base, mine] = incoming.version >= known.version ? [incoming, known] : [known, incoming];
  const merged: Conversation = { ...base };
  const reads = [known.read_seq, incoming.read_seq].filter((seq) => seq !== undefined);
  const read = incoming.read_seq ?? mine.read_seq ?? reads[0];
  if (read !== undefined) merged.read_seq = read;
  const draft = incoming.draft ?? known.draft;
  if (draft !== undefined) merged.draft = draft;
  return merged;
}

/** Unread for me: the customer wrote after what I have seen. */
export function isUnread(conversation: Conversation): boolean {
  return conversation.read_seq !== undefined && conversation.last_inbound_seq > conversation.read_seq;
}

/** Whether a conversation stands in a view now. */
export function belongs(view: View, conversation: Conversation, me: string, now: number): boolean {
  if (view === 'resolved') return conversation.state === 'resolved';
  if (conversation.state === 'resolved') return false;
  if (view === 'mine') return conversation.assignee_id === me;
  if (view === 'unassigned') return conversation.assignee_id === null;
  if (view === 'all') return true;
  if (conversation.window_until === null) return false;
  const left = new Date(conversation.window_until).getTime() - now;
  return left > 0 && left <= EXPIRING;
}

/** The order of a view: newest first, and in Expiring what closes first. */
export function compareIn(view: View): (one: Conversation, other: Conversation) => number {
  return view === 'expiring' ? byClosing : byNewest;
}

function byNewest(one: Conversation, other: Conversation): number {
  return compareInstants(other.last_at, one.last_at) || compareText(other.id, one.id);
}

function byClosing(one: Conversation, other: Conversation): number {
  return compareInstants(one.window_until ?? '', other.window_until ?? '') || compareText(one.id, other.id);
}

/** Instants of one server differ in their fractions only, to the microsecond; without the Z their texts compare like times. */
function compareInstants(one: Instant, other: Instant): number {
  return compareText(one.replace('Z', ''), other.replace('Z', ''));
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Takes the changed ids out of a sorted list and puts those that belong back in their places. */
export function reorder(
  ids: readonly string[],
  changed: ReadonlySet<string>,
  inserts: readonly Conversation[],
  find: (id: string) => Conversation | undefined,
  compare: (one: Conversation, other: Conversation) => number,
): string[] {
  const rest = ids.filter((id) => !changed.has(id));
  const incoming = [...inserts].sort(compare);
  const merged: string[] = [];
  let next = 0;
  for (const id of rest) {
    const conversation = find(id);
    while (next < incoming.length) {
      const candidate = incoming[next] as Conversation;
      if (conversation && compare(candidate, conversation) > 0) break;
      merged.push(candidate.id);
      next += 1;
    }
    merged.push(id);
  }
  for (const left of incoming.slice(next)) merged.push(left.id);
  return merged;
}

/** The order in a thread: the second of the provider, then our sequence. */
export function compareEntries(one: Entry, other: Entry): number {
  return second(one) - second(other) || one.seq - other.seq;
}

/** Puts incoming entries into a thread: newer versions replace, a sent message replaces its own optimistic line. */
export function mergeEntries(known: readonly Entry[], incoming: readonly Entry[]): Entry[] {
  const byId = new Map(known.map((entry) => [entry.id, entry]));
  const idByKey = new Map(known.filter((entry) => entry.key).map((entry) => [entry.key, entry.id]));
  for (const entry of incoming) {
    const twin = entry.key ? idByKey.get(entry.key) : undefined;
    if (twin !== undefined && twin !== entry.id) byId.delete(twin);
    const present = byId.get(entry.id);
    if (!present || entry.version >= present.version) byId.set(entry.id, entry);
  }
  return [...byId.values()].sort(compareEntries);
}

function second(entry: Entry): number {
  return Math.floor(new Date(entry.at).getTime() / 1000);
}
