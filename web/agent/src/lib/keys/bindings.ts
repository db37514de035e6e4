import type { Key } from '$lib/i18n';

/** Everything a key can do. */
export type Command =
  | 'find'
  | 'begin'
  | 'help'
  | 'palette'
  | 'undo'
  | 'next_pane'
  | 'previous_pane'
  | 'go_inbox'
  | 'go_mine'
  | 'go_unassigned'
  | 'go_all'
  | 'go_expiring'
  | 'go_resolved'
  | 'go_contacts'
  | 'go_settings'
  | 'views'
  | 'next'
  | 'previous'
  | 'open'
  | 'unread'
  | 'assign'
  | 'assign_me'
  | 'resolve'
  | 'resolve_next'
  | 'details'
  | 'panel'
  | 'reply'
  | 'note'
  | 'quote'
  | 'react'
  | 'attach'
  | 'record'
  | 'view_1'
  | 'view_2'
  | 'view_3'
  | 'view_4'
  | 'view_5';

export type Place = 'anywhere' | 'list' | 'conversation' | 'composer';

export interface Binding {
  command: Command;
  /** One key, or a prefix and a key, as `event.key` gives them; letters in lower case. */
  keys: readonly string[];
  shift?: boolean;
  /** Ctrl, or Cmd on a Mac. Such a key also acts while a field has the focus. */
  mod?: boolean;
  place: Place;
  /** Left out of the help sheet where another line tells of it. */
  hidden?: boolean;
}

/** Commands that belong together in the palette. */
export interface CommandGroup {
  title: string;
  commands: readonly Command[];
}

/** The keyboard map, in the order of the help sheet. */
export const BINDINGS: readonly Binding[] = [
  { command: 'palette', keys: ['k'], mod: true, place: 'anywhere' },
  { command: 'find', keys: ['/'], place: 'anywhere' },
  { command: 'help', keys: ['?'], place: 'anywhere' },
  { command: 'undo', keys: ['z'], place: 'anywhere' },
  { command: 'next_pane', keys: ['F6'], place: 'anywhere' },
  { command: 'previous_pane', keys: ['F6'], shift: true, place: 'anywhere', hidden: true },
  { command: 'go_inbox', keys: ['g', 'i'], place: 'anywhere' },
  { command: 'go_mine', keys: ['g', 'm'], place: 'anywhere' },
  { command: 'go_unassigned', keys: ['g', 'u'], place: 'anywhere' },
  { command: 'go_all', keys: ['g', 'a'], place: 'anywhere' },
  { command: 'go_expiring', keys: ['g', 'x'], place: 'anywhere' },
  { command: 'go_resolved', keys: ['g', 'r'], place: 'anywhere' },
  { command: 'go_contacts', keys: ['g', 'c'], place: 'anywhere' },
  { command: 'go_settings', keys: ['g', 's'], place: 'anywhere' },
  { command: 'next', keys: ['j'], place: 'list' },
  { command: 'previous', keys: ['k'], place: 'list' },
  { command: 'open', keys: ['Enter'], place: 'list' },
  { command: 'unread', keys: ['u'], place: 'list' },
  { command: 'views', keys: ['['], place: 'list' },
  { command: 'view_1', keys: ['1'], place: 'list', hidden: true },
  { command: 'view_2', keys: ['2'], place: 'list', hidden: true },
  { command: 'view_3', keys: ['3'], place: 'list', hidden: true },
  { command: 'view_4', keys: ['4'], place: 'list', hidden: true },
  { command: 'view_5', keys: ['5'], place: 'list', hidden: true },
  { command: 'assign', keys: ['a'], place: 'conversation' },
  { command: 'assign_me', keys: ['m'], place: 'conversation' },
  { command: 'resolve', keys: ['e'], place: 'conversation' },
  { command: 'resolve_next', keys: ['e'], shift: true, place: 'conversation' },
  { command: 'details', keys: ['i'], place: 'conversation' },
  { command: 'quote', keys: ['q'], place: 'conversation' },
  { command: 'react', keys: ['+'], place: 'conversation' },
  { command: 'panel', keys: [']'], place: 'conversation' },
  { command: 'reply', keys: ['r'], place: 'composer' },
  { command: 'note', keys: ['n'], place: 'composer' },
  { command: 'quote', keys: ['9'], mod: true, shift: true, place: 'composer' },
  // What Shift and 9 make on other layouts.
  { command: 'quote', keys: ['('], mod: true, shift: true, place: 'composer', hidden: true },
  { command: 'quote', keys: [')'], mod: true, shift: true, place: 'composer', hidden: true },
];

/** The text that says what a command does. */
export function commandKey(command: Command): Key {
  return `key.${command}` as Key;
}
