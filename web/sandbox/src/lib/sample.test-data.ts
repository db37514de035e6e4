// Messages for tests.

import type { Message } from './control';

export function message(part: Partial<Message>): Message {
  return {
    id: 'wamid.1',
    from: 'business',
    type: 'text',
    text: null,
    payload: null,
    file: null,
    at: '2026-11-19T14:06:11Z',
    status: 'delivered',
    reply_to: null,
    changed: null,
    ...part,
  };
}

export const file = (mime_type: string) => ({ id: '7', mime_type, filename: 'a b.ogg', file_size: 4711 });
