-- Which server sends for a channel, until when in system time: two servers must not each take a number's whole rate.
CREATE TABLE senders (
    channel_id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL,
    server UUID NOT NULL,
    until BIGINT NOT NULL
);
