-- A file of a message, or one that an agent uploaded and has not sent yet. The bytes lie in the media storage under
-- the hash of their content, once for each workspace. `due_at` is system time: when to fetch it, if it is to be fetched.
CREATE TABLE media (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL,
    channel_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    message_id UUID,
    place BIGINT NOT NULL,
    agent_id UUID,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    external_id TEXT,
    sha256 TEXT,
    name TEXT,
    mime TEXT,
    size BIGINT,
    hash TEXT,
    width BIGINT,
    height BIGINT,
    preview BOOLEAN NOT NULL DEFAULT FALSE,
    fetches BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX media_message ON media (message_id, place) WHERE message_id IS NOT NULL;
CREATE INDEX media_due ON media (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX media_uploads ON media (conversation_id, agent_id) WHERE message_id IS NULL;

-- The files of the last seven days can still be fetched; what is older Meta has no more.
INSERT INTO media (id, workspace_id, channel_id, conversation_id, message_id, place, kind, state, reason, external_id,
    sha256, name, mime, due_at, created_at)
SELECT id, workspace_id, channel_id, conversation_id, id, 0, file->>'kind',
    CASE WHEN fresh THEN 'waiting' ELSE 'missing' END, CASE WHEN fresh THEN NULL ELSE 'gone' END,
    file->>'external_id', file->>'sha256', file->>'filename', file->>'mime',
    CASE WHEN fresh THEN received_at END, received_at
FROM (SELECT m.id, m.workspace_id, m.channel_id, m.conversation_id, m.received_at, m.parts->0 AS file,
        m.received_at > (SELECT MAX(received_at) FROM messages) - 604800000000 AS fresh
    FROM messages m
    WHERE m.direction = 'in' AND m.kind IN ('image', 'video', 'audio', 'voice', 'document', 'sticker')
      AND m.parts->0->>'type' = 'media') files;
