/** The HTTP and live API as the server speaks it. Instants are RFC 3339 strings, ids are prefixed text. */

export type Instant = string;
export type Locale = 'en' | 'es';
export type Role = 'owner' | 'admin' | 'agent';

export interface Server {
  setup_needed: boolean;
  demo: boolean;
  sandbox_url: string | null;
  version: string;
  workspace_name: string | null;
  public_host: string;
}

export interface User {
  id: string;
  name: string;
  email: string;
  locale: Locale;
  time_zone: string;
  preferences: Record<string, unknown>;
}

export interface Membership {
  id: string;
  name: string;
  role: Role;
  agent_id: string;
}

export interface Session {
  user: User;
  workspaces: Membership[];
}

export interface Link {
  kind: 'invite' | 'reset' | 'sign_in';
  workspace_name: string | null;
  invited_by: string | null;
  role: Role | null;
  email: string;
  /** Whether the address signs in here already. */
  has_account: boolean;
  expires_at: Instant;
}

export interface Workspace {
  id: string;
  name: string;
  locale: Locale;
  time_zone: string;
  currency: string;
}

export interface Me {
  agent_id: string;
  role: Role;
  permissions: string[];
}

export interface Agent {
  id: string;
  name: string;
  email: string;
  role: Role;
  avatar: string;
}

export interface Invitation {
  id: string;
  email: string;
  role: Role;
  invited_by: string;
  expires_at: Instant;
}

export type ChannelKind = 'whatsapp' | 'messenger' | 'instagram' | 'webchat';

export interface Channel {
  id: string;
  kind: ChannelKind;
  name: string;
  address: string;
  paused: string | null;
}

export interface Counters {
  mine: number;
  unassigned: number;
  all: number;
  expiring: number;
  resolved: number;
}

export type Ingest = 'ok' | 'refusing';

export interface WorkspaceState {
  workspace: Workspace;
  me: Me;
  agents: Agent[];
  channels: Channel[];
  counters: Counters;
  cursor: number;
  now: Instant;
  ingest: Ingest;
}

export type Direction = 'in' | 'out' | 'note' | 'event';
export type Delivery = 'queued' | 'unknown' | 'accepted' | 'sent' | 'failed' | 'delivered' | 'seen';
export type ConversationState = 'open' | 'pending' | 'snoozed' | 'resolved';

export interface Preview {
  direction: Direction;
  kind: string;
  text: string;
  agent_id: string | null;
  delivery: Delivery | null;
}

export interface Contact {
  id: string;
  name: string;
  phone: string | null;
  username: string | null;
  bsuid: string | null;
}

export interface Conversation {
  id: string;
  number: number;
  state: ConversationState;
  channel_id: string;
  contact: Contact;
  assignee_id: string | null;
  preview: Preview | null;
  last_at: Instant;
  last_seq: number;
  last_inbound_seq: number;
  /** My own read position; absent in live frames. */
  read_seq?: number;
  window_until: Instant | null;
  free_until: Instant | null;
  waiting_since: Instant | null;
  opened_at: Instant;
  resolved_at: Instant | null;
  /** Whether I have a draft here; absent in live frames. */
  draft?: boolean;
  version: number;
}

export interface ConversationPage {
  items: Conversation[];
  next: string | null;
}

export interface Failure {
  code: number;
  detail: string | null;
  advice: 'retry' | 'template' | 'fix' | 'never';
}

export interface Entry {
  id: string;
  seq: number;
  at: Instant;
  conversation_id: string;
  direction: Direction;
  kind: string;
  text: string | null;
  parts: Record<string, unknown>[];
  agent_id: string | null;
  delivery: Delivery | null;
  delivered_at: Instant | null;
  seen_at: Instant | null;
  due_at: Instant | null;
  failure: Failure | null;
  tries: number;
  reply_to: string | null;
  key: string | null;
  version: number;
}

export interface Drafts {
  reply: string | null;
  note: string | null;
}

export interface ThreadPage {
  entries: Entry[];
  older: string | null;
  read_seq: number;
  drafts: Drafts;
  cursor: number;
}

export type Mode = 'reply' | 'note';

export interface Try {
  id: string;
  number: number;
  started_at: Instant;
  ended_at: Instant | null;
  outcome: 'calling' | 'accepted' | 'refused' | 'unknown';
  code: number | null;
  detail: string | null;
  external_id: string | null;
}

export interface Status {
  status: string;
  at: Instant;
  received_at: Instant;
  pricing: Record<string, unknown> | null;
  code: number | null;
}

export interface MessageDetails {
  entry: Entry;
  tries: Try[];
  statuses: Status[];
  external_id: string | null;
}

export interface Health {
  journal: { waiting: number; oldest_at: Instant | null };
  quarantine: { id: string; received_at: Instant; reason: string; raw: string }[];
  outbox: { waiting: number };
  channels: { id: string; paused: string | null; last_webhook_at: Instant | null }[];
}

export interface ChangesFrame {
  type: 'changes';
  cursor: number;
  now: Instant;
  conversations: Conversation[];
  entries: Entry[];
  removed: string[];
  reads: { agent_id: string; conversation_id: string; seq: number }[];
  drafts: { agent_id: string; conversation_id: string }[];
  /** Those that moved; the others stand as they stood. */
  counters: {
    unassigned?: number;
    all?: number;
    resolved?: number;
    mine: Record<string, number>;
  };
  agents?: Agent[];
  channels?: Channel[];
}

export type Frame =
  | { type: 'hello'; cursor: number; now: Instant }
  | ChangesFrame
  | { type: 'resync'; cursor: number }
  | { type: 'clock'; now: Instant }
  | { type: 'health'; ingest: Ingest }
  | { type: 'beat' };
