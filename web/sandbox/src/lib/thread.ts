// The lines of a chat: messages with what they quote and how they were reacted to.

import type { Message } from './control';

export interface Reaction {
  emoji: string;
  from: Message['from'];
}

/** One bubble. */
export interface Line {
  message: Message;
  /** The message it answers; `older` if that is not on this phone. */
  quoted: Message | 'older' | null;
  reactions: Reaction[];
}

function field(message: Message, name: string): string {
  const value = (message.payload as Record<string, unknown> | null)?.[name];
  return typeof value === 'string' ? value : '';
}

/** What changes another message and is none of its own, unless that other one is not here. */
function isHidden(message: Message, known: ReadonlyMap<string, Message>): boolean {
  if (message.type === 'reaction') return true;
  if (message.type !== 'edit' && message.type !== 'revoke') return false;
  return known.has(field(message, 'original_message_id'));
}

/** The last reaction of each side to each message; an empty one takes it back. */
function reactions(messages: readonly Message[]): Map<string, Reaction[]> {
  const last = new Map<string, Map<Message['from'], string>>();
  for (const message of messages.filter(({ type }) => type === 'reaction')) {
    const target = field(message, 'message_id');
    const sides = last.get(target) ?? new Map<Message['from'], string>();
    last.set(target, sides.set(message.from, field(message, 'emoji')));
  }
  const shown = (sides: Map<Message['from'], string>) =>
    [...sides].filter(([, emoji]) => emoji !== '').map(([from, emoji]) => ({ emoji, from }));
  return new Map([...last].map(([target, sides]) => [target, shown(sides)]));
}

export function lines(messages: readonly Message[]): Line[] {
  const known = new Map(messages.map((message) => [message.id, message]));
  const reacted = reactions(messages);
  return messages
    .filter((message) => !isHidden(message, known))
    .map((message) => ({
      message,
      quoted: message.reply_to === null ? null : (known.get(message.reply_to) ?? 'older'),
      reactions: reacted.get(message.id) ?? [],
    }));
}

/** The emoji with which the customer reacted to a message. */
export function ownReaction(line: Line): string | null {
  return line.reactions.find(({ from }) => from === 'customer')?.emoji ?? null;
}
