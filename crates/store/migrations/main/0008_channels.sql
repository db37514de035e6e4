-- The provider's id of an app, its configuration of Embedded Signup, and the workspace that brought it (none:
-- whoever runs the install; every workspace may connect numbers through it).
ALTER TABLE apps ADD COLUMN app_id TEXT;
ALTER TABLE apps ADD COLUMN config_id TEXT;
ALTER TABLE apps ADD COLUMN workspace_id UUID;

-- When a webhook of our own last came through from outside, in system time.
ALTER TABLE channels ADD COLUMN tested_at BIGINT;
-- Whether customers are shown that they were read: never, opened, answered.
ALTER TABLE channels ADD COLUMN receipts TEXT NOT NULL DEFAULT 'answered';

-- Numbers on their way to be connected. The token goes over to the channel.
CREATE TABLE setups (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL,
    app TEXT NOT NULL,
    token BYTEA,
    account_id TEXT,
    number_id TEXT,
    channel_id UUID,
    created_at BIGINT NOT NULL
);
CREATE INDEX setups_workspace ON setups (workspace_id);

-- What the provider says of a channel's number, as of read_at (system time).
CREATE TABLE standings (
    channel_id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL,
    standing TEXT NOT NULL,
    read_at BIGINT NOT NULL
);
CREATE INDEX standings_workspace ON standings (workspace_id);

-- Up to which of a customer's messages they were shown that they were read.
CREATE TABLE receipts (
    channel_id UUID NOT NULL,
    identity_id UUID NOT NULL,
    workspace_id UUID NOT NULL,
    shown_seq BIGINT NOT NULL,
    PRIMARY KEY (channel_id, identity_id)
);
