-- Two failures of one message in one second are two facts: the code is part of the key (0: none).
CREATE TABLE statuses_by_code (
    channel_id UUID NOT NULL,
    external_id TEXT NOT NULL,
    status TEXT NOT NULL,
    at BIGINT NOT NULL,
    code BIGINT NOT NULL,
    workspace_id UUID NOT NULL,
    try_id UUID,
    message_id UUID,
    received_at BIGINT NOT NULL,
    detail TEXT,
    pricing TEXT,
    conversation TEXT,
    PRIMARY KEY (channel_id, external_id, status, at, code)
);
INSERT INTO statuses_by_code (channel_id, external_id, status, at, code, workspace_id, try_id, message_id,
    received_at, detail, pricing, conversation)
SELECT channel_id, external_id, status, at, COALESCE(code, 0), workspace_id, try_id, message_id, received_at,
    detail, pricing, conversation
FROM statuses;
DROP TABLE statuses;
ALTER TABLE statuses_by_code RENAME TO statuses;
CREATE INDEX statuses_message ON statuses (message_id);

-- What a provider says of accounts, numbers, templates and people's wishes, as it came. Facts of money are
-- among them (volume tiers): like the statuses they outlive the journal.
CREATE TABLE account_events (
    journal_seq BIGINT NOT NULL,
    element BIGINT NOT NULL,
    app TEXT NOT NULL,
    account_id TEXT,
    workspace_id UUID,
    channel_id UUID,
    field TEXT NOT NULL,
    at BIGINT,
    received_at BIGINT NOT NULL,
    raw TEXT NOT NULL,
    PRIMARY KEY (journal_seq, element)
);
CREATE INDEX account_events_field ON account_events (field, received_at);

-- Numbers that webhooks spoke of and that are not connected here, or through another app (DECISIONS 15).
CREATE TABLE strangers (
    app TEXT NOT NULL,
    external_id TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    updates BIGINT NOT NULL,
    PRIMARY KEY (app, external_id)
);

-- The event up to which a counter has moved: a frame tells only those that moved since the one before.
ALTER TABLE counters ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
UPDATE counters SET version = (SELECT w.event_seq FROM workspaces w WHERE w.id = counters.workspace_id);
CREATE INDEX counters_version ON counters (workspace_id, version);
