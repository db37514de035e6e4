import type { Component } from 'svelte';
import type { Agent, Preview } from '$lib/api/types';
import { t } from '$lib/i18n';
import { kindLine, writtenIn } from './kinds';
import { plainText } from '@charla/text/markup';
import { eventText } from './events';
import { plain } from './marked';

/** The second line of a row. */
export interface PreviewLine {
  text: string;
  icon: Component<{ class?: string }> | null;
  failed: boolean;
  note: boolean;
}

interface People {
  agentId: string;
  agent(id: string | null): Agent | undefined;
}

/** What the row says of the last thing that happened. */
export function previewLine(preview: Preview | null, people: People): PreviewLine | null {
  if (!preview) return null;
  const kind = preview.direction === 'event' ? null : kindLine(preview.kind);
  const failed = preview.delivery === 'failed';
  return {
    text: failed
      ? t('row.failed', { text: preview.text })
      : prefix(preview, people) + content(preview, kind, people),
    icon: failed ? null : (kind?.icon ?? null),
    failed,
    note: preview.direction === 'note',
  };
}

function content(preview: Preview, kind: ReturnType<typeof kindLine>, people: People): string {
  if (preview.direction === 'event') {
    return plain(eventText({ kind: preview.kind, agent_id: preview.agent_id, parts: [] }, people));
  }
  if (preview.kind === 'reaction') return reacted(preview);
  if (!kind) return plainText(preview.text);
  const words = writtenIn(preview);
  return words === '' ? t(kind.label) : `${t(kind.label)}: ${words}`;
}

function reacted({ text: emoji, about }: Preview): string {
  if (emoji === '') return t('reaction.taken_back');
  const what = about && (plainText(about.text) || t(kindLine(about.kind)?.label ?? 'kind.unknown'));
  return what ? t('reaction.to', { emoji, what }) : t('reaction.put', { emoji });
}

function prefix({ direction, agent_id }: Preview, people: People): string {
  if (direction !== 'out' && direction !== 'note') return '';
  if (agent_id === people.agentId) return `${t('row.you')} `;
  const name = people.agent(agent_id)?.name.split(' ')[0];
  return name ? `${name}: ` : '';
}
