-- The files of a contact are those of its conversations.
CREATE INDEX media_conversation ON media (conversation_id) WHERE message_id IS NOT NULL;
