import type { Agent, Entry } from '$lib/api/types';
import { hasMessage, t } from '$lib/i18n';

interface People {
  agentId: string;
  agent(id: string | null): Agent | undefined;
}

/** The line of an event, without its time; names stand between `<b>` and `</b>`. */
export function eventText(event: Pick<Entry, 'kind' | 'agent_id' | 'parts'>, people: People): string {
  const part = parametersOf(event);
  const by = nameOf(text(part.by) ?? event.agent_id, people);
  const agent = nameOf(text(part.agent_id), people);
  if (event.kind === 'assigned' && agent !== '') {
    if (by === '') return t('event.assigned_to', { agent });
    return by === agent ? t('event.took', { agent }) : t('event.assigned', { agent, by });
  }
  const key = `event.${event.kind}`;
  const known = by !== '' && hasMessage(`${key}_by`) ? `${key}_by` : key;
  return hasMessage(known) ? t(known, { by, why: text(part.why) ?? '' }) : t('event.other');
}

/** The parameters of an event, such as who was assigned. */
export function parametersOf({ parts }: Pick<Entry, 'parts'>): Record<string, unknown> {
  const part = parts[0] ?? {};
  return typeof part.params === 'object' && part.params !== null ? { ...part.params } : part;
}

function nameOf(id: string | null, people: People): string {
  return people.agent(id)?.name ?? '';
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
