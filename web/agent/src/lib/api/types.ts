/**
 * The API's answers, from the types that are generated from `docs/openapi.json`. By hand is only what that
 * description leaves out: the live frames, and which words a plain string can hold.
 */
import type { components } from '@charla/api';

type Schemas = components['schemas'];

/** What a conversation holds only where somebody in particular asks: live frames leave it out. */
type OfTheAsker = 'read_seq' | 'draft';

/** An answer as it is written: every other field stands in it, null where there is nothing. */
type Answer<T> = T extends readonly (infer Item)[]
  ? Answer<Item>[]
  : T extends object
    ? { [K in keyof T as Exclude<K, OfTheAsker>]-?: Answer<Exclude<T[K], undefined>> } & {
        [K in keyof T as Extract<K, OfTheAsker>]: NonNullable<T[K]>;
      }
    : T;

/** RFC 3339. */
export type Instant = string;
export type Locale = 'en' | 'es';
export type Mode = Schemas['DraftMode'];

export type Role = Schemas['Role'];
export type ChannelKind = Schemas['ChannelKind'];
export type ConversationState = Schemas['State'];
export type Delivery = Schemas['Delivery'];
export type Direction = Schemas['Direction'];
export type Ingest = Schemas['Ingest'];

export type Server = Answer<Schemas['Server']>;
export type User = Answer<Schemas['Person']>;
export type Membership = Answer<Schemas['Membership']>;
export type Session = Answer<Schemas['Session']>;
export type Link = Answer<Schemas['Link']>;

export type WorkspaceState = Answer<Schemas['Beginning']>;
export type Workspace = Answer<Schemas['WorkspaceView']>;
export type Me = Answer<Schemas['Me']>;
export type Agent = Answer<Schemas['Agent']>;
export type Invitation = Answer<Schemas['Invitation']>;
export type Invited = Answer<Schemas['Invited']>;
export type Channel = Answer<Schemas['ChannelView']>;
export type Counters = Answer<Schemas['Counters']>;

export type Conversation = Answer<Schemas['Conversation']>;
export type ConversationPage = Answer<Schemas['ConversationPage']>;
export type Contact = Answer<Schemas['Contact']>;
export type Contacts = Answer<Schemas['Contacts']>;
export type ContactView = Answer<Schemas['ContactView']>;
export type ContactFile = Answer<Schemas['ContactFile']>;
export type ContactFiles = Answer<Schemas['ContactFiles']>;
export type ContactIdentity = Answer<Schemas['IdentityView']>;
export type ContactChange = Answer<Schemas['ContactChange']>;
export type Suggestion = Answer<Schemas['Suggestion']>;
export type Preview = Answer<Schemas['Preview']>;

export type Media = Answer<Schemas['Media']>;
export type MediaKind = Schemas['MediaKind'];
/** What a channel takes of one kind of file. `max` is in bytes. */
export type Taken = Answer<Schemas['Limit']>;
export type Entry = Answer<Schemas['Entry']>;
export type Failure = Answer<Schemas['FailureView']>;
export type Drafts = Answer<Schemas['Drafts']>;
export type ThreadPage = Answer<Schemas['ThreadPage']>;
export type TakenBack = Answer<Schemas['TakenBack']>;

export type MessageDetails = Answer<Schemas['MessageDetails']>;
export type Try = Answer<Schemas['Try']>;
export type Status = Answer<Schemas['StatusFact']>;

export type Health = Answer<Schemas['Health']>;
export type Replayed = Answer<Schemas['Replayed']>;

export type ChannelPage = Answer<Schemas['ChannelPage']>;
export type Standing = Answer<Schemas['Standing']>;
export type Receipts = Schemas['Receipts'];
export type Profile = Answer<Schemas['Profile']>;
export type ChatLink = Answer<Schemas['ShortLink']>;
export type Apps = Answer<Schemas['AppList']>;
export type MetaApp = Answer<Schemas['AppView']>;
export type Setup = Answer<Schemas['SetupView']>;
export type SetupStep = Schemas['Step'];
export type BusinessNumber = Answer<Schemas['NumberView']>;
export type SelfTest = Answer<Schemas['SelfTest']>;

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
