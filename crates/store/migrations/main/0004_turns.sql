-- Who spoke last in a conversation: since when its customer waits is read without its thread.
DROP INDEX messages_conversation;
CREATE INDEX messages_turns ON messages (conversation_id, direction, seq);

-- A reply that failed was taken for an answer until now.
UPDATE conversations SET waiting_since = (SELECT m.at FROM messages m
  WHERE m.conversation_id = conversations.id AND m.direction = 'in'
    AND m.kind NOT IN ('system', 'edit', 'revoke', 'request_welcome')
    AND m.seq > (SELECT COALESCE(MAX(settled.seq), 0) FROM (
      SELECT (SELECT o.seq FROM messages o
              WHERE o.conversation_id = conversations.id AND o.direction = 'out' AND o.delivery <> 'failed'
              ORDER BY o.seq DESC LIMIT 1) AS seq
      UNION ALL
      SELECT (SELECT e.seq FROM messages e
              WHERE e.conversation_id = conversations.id AND e.direction = 'event' AND e.kind = 'reopened'
                AND e.agent_id IS NULL
              ORDER BY e.seq DESC LIMIT 1)) settled)
  ORDER BY m.seq LIMIT 1)
WHERE state <> 'resolved' AND waiting_since IS NULL;

-- When the provider refused a message because the window was closed, until the contact writes again.
ALTER TABLE windows ADD COLUMN refused_at BIGINT;
