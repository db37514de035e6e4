-- When the provider was given a file of ours under `external_id`: it keeps it for thirty days. A file of ours is due
-- when it is to be given.
ALTER TABLE media ADD COLUMN provided_at BIGINT;
