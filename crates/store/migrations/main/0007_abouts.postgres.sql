-- The provider's id of the message that a reaction, an edit or a deletion is about.
ALTER TABLE messages ADD COLUMN about TEXT;
CREATE INDEX messages_about ON messages (channel_id, about) WHERE about IS NOT NULL;
UPDATE messages SET about = COALESCE(CAST(parts AS JSONB) -> 0 ->> 'to', CAST(parts AS JSONB) -> 0 ->> 'of')
WHERE direction = 'in' AND kind IN ('reaction', 'edit', 'revoke');
UPDATE messages SET body = CAST(parts AS JSONB) -> 0 ->> 'emoji' WHERE direction = 'in' AND kind = 'reaction';
