-- Since when an identity names this person; of several of one kind the latest is written to. Once the provider
-- says that another took its place, also until when.
ALTER TABLE identities ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE identities ADD COLUMN left_at BIGINT;
UPDATE identities SET since = created_at;
CREATE INDEX identities_latest ON identities (canonical_id, kind, since, id);
DROP INDEX identities_canonical;

-- What the provider said of changed ids: once each, and in which thread it hangs. `held_by`: the new id already
-- named somebody else.
CREATE TABLE moves (
    workspace_id UUID NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    at BIGINT NOT NULL,
    was TEXT,
    identity_id UUID NOT NULL,
    held_by UUID,
    PRIMARY KEY (workspace_id, value, kind, at)
);
CREATE INDEX moves_identity ON moves (identity_id, at);

-- Two people who may be one, by their canonical identities, the smaller id first. Merging rewrites nothing here:
-- whose identities they are now says whether the question still stands.
CREATE TABLE suggestions (
    identity_a UUID NOT NULL,
    identity_b UUID NOT NULL,
    reason TEXT NOT NULL,
    workspace_id UUID NOT NULL,
    params TEXT NOT NULL,
    at BIGINT NOT NULL,
    dismissed_at BIGINT,
    dismissed_by UUID,
    PRIMARY KEY (identity_a, identity_b, reason)
);
CREATE INDEX suggestions_b ON suggestions (identity_b);
CREATE INDEX identities_username ON identities (workspace_id, username) WHERE username IS NOT NULL;

-- What they call themselves there, on the canonical identity; a contact's name may be the agents' own.
ALTER TABLE identities ADD COLUMN profile_name TEXT;
UPDATE identities SET profile_name = (SELECT c.name FROM contacts c WHERE c.id = identities.contact_id
                                        AND c.name NOT LIKE '+%' AND c.name NOT LIKE '@%')
WHERE id = canonical_id;

-- Merged contacts form trees: `root_id` is who a contact is part of now, itself if it stands alone. An identity
-- keeps the contact it began with, so that it can go back there; `contact_id` is always the root.
ALTER TABLE contacts ADD COLUMN merged_into UUID;
ALTER TABLE contacts ADD COLUMN root_id UUID;
UPDATE contacts SET root_id = id;
CREATE INDEX contacts_root ON contacts (root_id);
CREATE INDEX contacts_merged ON contacts (merged_into) WHERE merged_into IS NOT NULL;
ALTER TABLE identities ADD COLUMN home_id UUID;
UPDATE identities SET home_id = contact_id;
CREATE INDEX identities_home ON identities (home_id);
