-- Which event told first that a reply had failed, since a customer last opened its conversation again: however often it
-- is tried after that, whoever resolved the conversation before knew.
ALTER TABLE messages ADD COLUMN failed_seq BIGINT;
UPDATE messages SET failed_seq = version WHERE direction = 'out' AND delivery = 'failed';
