import type { Conversation, Entry } from '$lib/api/types';
import { parametersOf } from '$lib/inbox/events';
import type { Sound } from './sounds.svelte';

/** Something of a live frame that this agent should hear of. */
export interface Alert {
  sound: Sound;
  entry: Entry;
  conversation: Conversation;
}

/** What the agent sees at this moment. */
export interface Attention {
  me: string;
  /** The conversation on the screen of the focused window. */
  watching: string | null;
}

/** Which entries concern this agent: the assignee's own, and everybody's while nobody has it. */
export function alertsOf(
  entries: readonly Entry[],
  find: (id: string) => Conversation | undefined,
  attention: Attention,
): Alert[] {
  return entries.flatMap((entry) => {
    const conversation = find(entry.conversation_id);
    const sound = conversation && soundOf(entry, conversation, attention);
    return conversation && sound ? [{ sound, entry, conversation }] : [];
  });
}

function soundOf(entry: Entry, conversation: Conversation, { me, watching }: Attention): Sound | null {
  if (entry.direction === 'event') return assignedToMe(entry, me) ? 'assigned' : null;
  if (entry.direction === 'out')
    return entry.delivery === 'failed' && entry.agent_id === me ? 'failed' : null;
  if (entry.direction !== 'in' || watching === conversation.id) return null;
  if (conversation.assignee_id === null) return 'unassigned';
  return conversation.assignee_id === me ? 'message' : null;
}

function assignedToMe(entry: Entry, me: string): boolean {
  const { agent_id, by = entry.agent_id } = parametersOf(entry);
  return entry.kind === 'assigned' && agent_id === me && by !== me;
}

/** The title of the tab: how many conversations of mine are unread. */
export function titleOf(page: string, unread: number): string {
  return unread > 0 ? `(${unread}) ${page}` : page;
}
