-- Who was merged into whom, by whom, until it is undone. The names are those of that moment; `name_taken`: the
-- contact that stayed took the other's name. They are numbered by the contact that stayed.
CREATE TABLE merges (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL,
    from_id UUID NOT NULL,
    into_id UUID NOT NULL,
    from_name TEXT NOT NULL,
    into_name TEXT NOT NULL,
    name_taken TEXT,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    agent_id UUID NOT NULL,
    undone_at BIGINT,
    undone_by UUID
);
CREATE INDEX merges_from ON merges (from_id);
CREATE UNIQUE INDEX merges_into ON merges (into_id, number);

-- Notes and attributes stay with the contact they were written on; a contact shows those of all that are part of it.
CREATE TABLE contact_notes (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    agent_id UUID NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX contact_notes_contact ON contact_notes (contact_id, id);

-- No value: removed, and hidden where a merged contact has one of the same name.
CREATE TABLE contact_attributes (
    contact_id UUID NOT NULL,
    name TEXT NOT NULL,
    workspace_id UUID NOT NULL,
    value TEXT,
    PRIMARY KEY (contact_id, name)
);

CREATE INDEX contacts_page ON contacts (workspace_id, id) WHERE merged_into IS NULL;
