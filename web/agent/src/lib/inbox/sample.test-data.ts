import type { Conversation, Entry, Media } from '$lib/api/types';

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
    media: [],
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
    quote: null,
    about: null,
    reactions: [],
    edits: [],
    deleted_at: null,
    key: null,
    external_id: null,
    version: 1,
    ...about,
  };
}

/** A file for tests. */
export function media(about: Partial<Media> & { id: string }): Media {
  return {
    kind: 'image',
    state: 'stored',
    reason: null,
    name: 'foto.jpg',
    mime: 'image/jpeg',
    size: 1_000,
    width: null,
    height: null,
    preview: false,
    ...about,
  };
}
