-- People and places -------------------------------------------------------------------------------
CREATE TABLE workspaces (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    locale TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    currency TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    event_seq BIGINT NOT NULL DEFAULT 0,
    conversation_number BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE users (
    id UUID PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT,
    locale TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    preferences TEXT NOT NULL DEFAULT '{}',
    operator BOOLEAN NOT NULL DEFAULT FALSE,
    created_at BIGINT NOT NULL
);

CREATE TABLE agents (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL,
    user_id UUID NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX agents_member ON agents (workspace_id, user_id);
CREATE INDEX agents_user ON agents (user_id);

-- Only the hash of a token is kept: a read of this table signs nobody in.
CREATE TABLE sessions (
    token_hash BYTEA PRIMARY KEY,
    user_id UUID NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

-- Invitations, password resets and the demo's sign-in link.
CREATE TABLE links (
    token_hash BYTEA PRIMARY KEY,
    kind TEXT NOT NULL,
    invitation_id UUID,
    workspace_id UUID,
    user_id UUID,
    email TEXT,
    role TEXT,
    created_by UUID,
    expires_at BIGINT NOT NULL
);
CREATE INDEX links_workspace ON links (workspace_id);

CREATE TABLE sign_in_failures (
    subject TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
);

-- Channels ----------------------------------------------------------------------------------------
CREATE TABLE apps (
    name TEXT PRIMARY KEY,
    secret BYTEA NOT NULL,
    verify_token BYTEA NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE channels (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL,
    kind TEXT NOT NULL,
    app TEXT NOT NULL,
    external_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    token BYTEA,
    throughput BIGINT NOT NULL,
    paused TEXT,
    last_webhook_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX channels_external ON channels (kind, external_id);
CREATE INDEX channels_workspace ON channels (workspace_id);

-- Contacts ----------------------------------------------------------------------------------------
CREATE TABLE contacts (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Several rows may name one person on one channel kind; their threads hang on the canonical one.
CREATE TABLE identities (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    canonical_id UUID NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    username TEXT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX identities_value ON identities (workspace_id, value, kind);
CREATE INDEX identities_contact ON identities (contact_id);
CREATE INDEX identities_canonical ON identities (canonical_id);

-- What a contact is found by: the folded words of the name, the digits of the number, the username.
-- Bytes, not text, so that both engines compare a prefix the same way whatever the collation.
CREATE TABLE contact_terms (
    workspace_id UUID NOT NULL,
    term BYTEA NOT NULL,
    contact_id UUID NOT NULL,
    PRIMARY KEY (workspace_id, term, contact_id)
);
CREATE INDEX contact_terms_contact ON contact_terms (contact_id);

-- Conversations -----------------------------------------------------------------------------------
-- What may be sent, and what is free, belongs to (channel, identity), not to a conversation.
CREATE TABLE windows (
    channel_id UUID NOT NULL,
    identity_id UUID NOT NULL,
    workspace_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    last_inbound_at BIGINT,
    referred_at BIGINT,
    answered_at BIGINT,
    PRIMARY KEY (channel_id, identity_id)
);

CREATE TABLE conversations (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL,
    number BIGINT NOT NULL,
    channel_id UUID NOT NULL,
    identity_id UUID NOT NULL,
    state TEXT NOT NULL,
    assignee_id UUID,
    opened_at BIGINT NOT NULL,
    resolved_at BIGINT,
    last_message_id UUID,
    last_at BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    last_inbound_seq BIGINT NOT NULL DEFAULT 0,
    window_until BIGINT,
    waiting_since BIGINT,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX conversations_unresolved ON conversations (workspace_id, channel_id, identity_id)
    WHERE state <> 'resolved';
CREATE UNIQUE INDEX conversations_number ON conversations (workspace_id, number);
CREATE INDEX conversations_state ON conversations (workspace_id, state, last_at, id);
CREATE INDEX conversations_assignee ON conversations (workspace_id, assignee_id, state, last_at, id);
CREATE INDEX conversations_expiring ON conversations (workspace_id, state, window_until, id);
CREATE INDEX conversations_identity ON conversations (identity_id);

-- Every line of a thread: inbound, outbound, note, event. `at` is a whole second; (at, seq) is the order.
CREATE TABLE messages (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL,
    channel_id UUID NOT NULL,
    identity_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    direction TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT,
    parts TEXT,
    agent_id UUID,
    external_id TEXT,
    reply_to UUID,
    delivery TEXT,
    delivered_at BIGINT,
    seen_at BIGINT,
    failure_code BIGINT,
    failure_detail TEXT,
    due_at BIGINT,
    tries BIGINT NOT NULL DEFAULT 0,
    client_key TEXT,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX messages_external ON messages (channel_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX messages_client_key ON messages (agent_id, client_key) WHERE client_key IS NOT NULL;
CREATE INDEX messages_thread ON messages (channel_id, identity_id, at, seq);
CREATE INDEX messages_conversation ON messages (conversation_id, at, seq);

CREATE TABLE reads (
    conversation_id UUID NOT NULL,
    agent_id UUID NOT NULL,
    workspace_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, agent_id)
);

CREATE TABLE drafts (
    conversation_id UUID NOT NULL,
    agent_id UUID NOT NULL,
    mode TEXT NOT NULL,
    workspace_id UUID NOT NULL,
    body TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, agent_id, mode)
);

CREATE TABLE counters (
    workspace_id UUID NOT NULL,
    name TEXT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, name)
);

-- Sending -----------------------------------------------------------------------------------------
-- A row is a message that waits to be handed over. It goes in the transaction that starts a try.
CREATE TABLE outbox (
    message_id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL,
    channel_id UUID NOT NULL,
    identity_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    due_at BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (channel_id, due_at, seq);
CREATE INDEX outbox_conversation ON outbox (conversation_id, seq);

CREATE TABLE tries (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL,
    channel_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    message_id UUID NOT NULL,
    number BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    outcome TEXT NOT NULL,
    external_id TEXT,
    code BIGINT,
    detail TEXT
);
CREATE INDEX tries_message ON tries (message_id);
CREATE INDEX tries_external ON tries (channel_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX tries_calling ON tries (conversation_id) WHERE outcome = 'calling';

-- Facts of money: every status and every referral, as the provider told them. They outlive text.
CREATE TABLE statuses (
    channel_id UUID NOT NULL,
    external_id TEXT NOT NULL,
    status TEXT NOT NULL,
    at BIGINT NOT NULL,
    workspace_id UUID NOT NULL,
    try_id UUID,
    message_id UUID,
    received_at BIGINT NOT NULL,
    code BIGINT,
    detail TEXT,
    pricing TEXT,
    conversation TEXT,
    PRIMARY KEY (channel_id, external_id, status, at)
);
CREATE INDEX statuses_message ON statuses (message_id);

CREATE TABLE referrals (
    message_id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL,
    channel_id UUID NOT NULL,
    identity_id UUID NOT NULL,
    at BIGINT NOT NULL,
    raw TEXT NOT NULL
);

-- Ingest and live ---------------------------------------------------------------------------------
CREATE TABLE quarantine (
    id UUID PRIMARY KEY,
    workspace_id UUID,
    channel_id UUID,
    journal_seq BIGINT NOT NULL,
    element BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    raw TEXT NOT NULL,
    settled_at BIGINT
);
CREATE UNIQUE INDEX quarantine_element ON quarantine (journal_seq, element);
CREATE INDEX quarantine_open ON quarantine (workspace_id, received_at) WHERE settled_at IS NULL;

-- What changed, in the order of commits. Ids only; what they name is read when it is told.
CREATE TABLE events (
    workspace_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    conversation_id UUID,
    message_id UUID,
    agent_id UUID,
    PRIMARY KEY (workspace_id, seq)
);
CREATE INDEX events_at ON events (at);
