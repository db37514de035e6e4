// What can be done from a bubble, and what opens in the place of the chat for it.

import type { Section } from './content';
import type { Letter, Message } from './control';
import type { Over } from './letters';

/** A form or a list that lies over the chat; `message` is what it answers. */
export type Sheet =
  | { what: 'place'; message: Message | null }
  | { what: 'card'; message: Message | null }
  | { what: 'rows'; message: Message; title: string; sections: Section[] };

export interface Acts {
  send: (letter: Letter) => void;
  begin: (over: Over) => void;
  open: (sheet: Sheet) => void;
  listen: (message: Message) => void;
}
