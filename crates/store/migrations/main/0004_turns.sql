-- Who spoke last in a conversation: since when its customer waits is read without its thread.
DROP INDEX messages_conversation;
CREATE INDEX messages_turns ON messages (conversation_id, direction, seq);
