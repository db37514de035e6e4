import type { Agent, Entry } from '$lib/api/types';
import { hasMessage, phoneText, t } from '$lib/i18n';
import { apart, shownName } from './names';

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
  if (event.kind === 'number_changed' || event.kind === 'user_id_changed') return movedText(event.kind, part);
  const key = `event.${event.kind}`;
  const known = by !== '' && hasMessage(`${key}_by`) ? `${key}_by` : key;
  if (!hasMessage(known)) return t('event.other');
  const name = (value: unknown) => apart(shownName(text(value) ?? ''));
  return t(known, { by, why: text(part.why) ?? '', from: name(part.from), into: name(part.into) });
}

/** Numbers stand as they are written, ids as they came; an id that is not known is not told. */
function movedText(kind: string, part: Record<string, unknown>): string {
  const shown = (id: string | null) =>
    id !== null && kind === 'number_changed' ? phoneText(`+${id}`) : (id ?? '');
  const [from, to] = [shown(text(part.from)), shown(text(part.to))];
  const key = `event.${kind}`;
  const held = part.held === true ? `${key}_held` : key;
  const known = from === '' && hasMessage(`${held}_to`) ? `${held}_to` : held;
  return hasMessage(known) ? t(known, { from, to }) : t('event.other');
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
