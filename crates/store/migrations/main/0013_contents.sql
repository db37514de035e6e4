-- The bytes of files as they lie in the media storage, each content once for each workspace. They lie under `name`,
-- which is never used again once they have left: what was removed and comes back gets another. `loose_at`, in system
-- time: from when on they may leave if no file names them; null: a file does.
CREATE TABLE contents (
    workspace_id UUID NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    loose_at BIGINT,
    leaving BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (workspace_id, name)
);
CREATE UNIQUE INDEX contents_hash ON contents (workspace_id, hash) WHERE NOT leaving;
CREATE INDEX contents_loose ON contents (loose_at) WHERE loose_at IS NOT NULL;

-- What was stored before lies under its hash alone.
INSERT INTO contents (workspace_id, name, hash)
SELECT DISTINCT workspace_id, hash, hash FROM media WHERE hash IS NOT NULL;

ALTER TABLE media RENAME COLUMN hash TO content;
CREATE INDEX media_content ON media (workspace_id, content) WHERE content IS NOT NULL;
DROP INDEX media_uploads;
CREATE INDEX media_unsent ON media (agent_id, conversation_id) WHERE message_id IS NULL;
