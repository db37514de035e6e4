import type { Conversation, Entry } from '$lib/api/types';

/** A conversation for tests; say only what the test is about. */
export function conversation(about: Partial<Conversation> & { id: string }): Conversation {
  return {
    number: 1,
    state: 'open',
    channel_id: 'chn_1',
    contact: { id: 'ctc_1', name: 'Lucía Ferrer', phone: null, username: null, bsuid: null },
    assignee_id: null,
    preview: null,
    last_at: '2026-11-19T14:00:00Z',
    last_seq: 1,
    last_inbound_seq: 1,
    window_until: null,
    free_until: null,
    waiting_since: null,
    opened_at: '2026-11-19T14:00:00Z',
    resolved_at: null,
    version: 1,
    ...about,
  };
}

/** An entry for tests. */
export function entry(about: Partial<Entry> & { id: string }): Entry {
  return {
    seq: 1,
    at: '2026-11-19T14:00:00Z',
    conversation_id: 'cnv_1',
    direction: 'in',
    kind: 'text',
    text: 'Hola',
    parts: [],
    agent_id: null,
    delivery: null,
    delivered_at: null,
    seen_at: null,
    due_at: null,
    failure: null,
    failure_code: null,
    failure_detail: null,
    tries: 0,
    reply_to: null,
    key: null,
    external_id: null,
    version: 1,
    ...about,
  };
}
