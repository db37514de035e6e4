-- Who spoke last in a conversation: since when its customer waits is read without its thread.
DROP INDEX messages_conversation;
CREATE INDEX messages_turns ON messages (conversation_id, direction, seq);

-- When the provider refused a message because the window was closed, until the contact writes again.
ALTER TABLE windows ADD COLUMN refused_at BIGINT;
