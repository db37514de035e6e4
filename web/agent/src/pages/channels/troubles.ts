import type { ChannelPage } from '$lib/api/types';
import { dateTime, hasMessage, t, type Key } from '$lib/i18n';

/** What is wrong with a channel, and what to do about it; empty when its code has no words yet. */
export function troubleText(channel: ChannelPage, code: string): string {
  const key = `trouble.${code}`;
  if (!hasMessage(key)) return '';
  const { standing, name } = channel;
  const end = standing?.token_expires_at;
  return t(key, {
    name,
    when: end == null ? '' : dateTime(end),
    scopes: (standing?.missing_scopes ?? []).join(', '),
  });
}

/** The trouble that says already why a channel is at rest. */
const CAUSE: Record<string, string> = {
  token: 'token_over',
  payment: 'unpaid',
  number: 'number_blocked',
  account: 'account_blocked',
};

/** Why a channel is at rest, unless one of its troubles says it; what its admins ended is no news to them. */
export function restOf({ paused, troubles }: ChannelPage): string | undefined {
  if (paused === null || paused === 'disconnected') return undefined;
  return troubles.some(({ code }) => code === CAUSE[paused]) ? undefined : paused;
}

/** How a channel is, in one word for its badge. */
export function badgeOf(channel: ChannelPage): { look: 'ok' | 'warn' | 'bad' | ''; text: Key } {
  if (channel.paused === 'disconnected') return { look: '', text: 'channels.disconnected' };
  if (channel.paused === 'by_hand') return { look: 'warn', text: 'channels.paused' };
  if (channel.paused !== null) return { look: 'bad', text: 'channels.paused' };
  const worst = channel.troubles[0];
  if (worst) return { look: worst.severity === 'bad' ? 'bad' : 'warn', text: 'channels.care' };
  if (!channel.standing) return { look: '', text: 'channels.unknown' };
  return { look: 'ok', text: 'channels.healthy' };
}

/** Whether somebody has to look after it. */
export function needsCare(channel: ChannelPage): boolean {
  return channel.paused !== 'disconnected' && (channel.paused !== null || channel.troubles.length > 0);
}

/** A word of Meta's in ours; one that is new is shown as it came. */
export function wordOf(area: 'can_send' | 'business' | 'name' | 'quality', word: string | null): string {
  if (word === null) return t('channel.status_unknown');
  const key = `channel.${area}.${word}`;
  return hasMessage(key) ? t(key) : t('channel.unknown_word', { word });
}

/** Whether a word is a good one, for the dot beside it. */
export function goodness(
  good: readonly string[],
  bad: readonly string[],
  word: string | null,
): 'ok' | 'warn' | 'bad' | '' {
  if (word === null) return '';
  if (good.includes(word)) return 'ok';
  return bad.includes(word) ? 'bad' : 'warn';
}
