-- The workspace's event at which an agent joined: what came before it is no news to them.
ALTER TABLE agents ADD COLUMN joined_seq BIGINT NOT NULL DEFAULT 0;

-- The provider's time, where it lies so far ahead of ours that `at` does not follow it.
ALTER TABLE messages ADD COLUMN said_at BIGINT;
