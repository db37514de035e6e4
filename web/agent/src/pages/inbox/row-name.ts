import type { ChannelKind, Conversation } from '$lib/api/types';
import { spokenDuration, t } from '$lib/i18n';
import { isUnread } from '$lib/inbox/merge';
import { isOpen, type WindowState } from '$lib/inbox/window';

/** What a screen reader says of a row: name, channel, unread, window, waiting. */
export function rowName(
  conversation: Conversation,
  kind: ChannelKind | undefined,
  window: WindowState,
  waiting: string | null,
): string {
  const parts = [conversation.contact.name];
  if (kind) parts.push(t(`channel.${kind}`));
  if (isUnread(conversation)) parts.push(t('row.unread'));
  if (conversation.draft) parts.push(t('row.draft'));
  if (isOpen(window)) parts.push(t('row.closes_in', { time: spokenDuration(window.left) }));
  else parts.push(t(window.kind === 'closed' ? 'row.window_closed' : 'window.none'));
  if (waiting !== null) parts.push(t('row.waiting', { time: waiting }));
  return parts.join(', ');
}
