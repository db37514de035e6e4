-- Raw webhooks, exactly as they were signed. Answered only after their row is on disk.
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, -- a pruned sequence must never come back: it would count as applied
    received_at BIGINT NOT NULL,
    app TEXT NOT NULL,
    body BYTEA NOT NULL
);

-- When rows were applied, a row per batch: every journal row up to `upto` that no earlier batch had.
-- Apart from the journal, so that noting it does not rewrite the pages the bodies lie on.
CREATE TABLE journal_applied (
    upto INTEGER PRIMARY KEY,
    at BIGINT NOT NULL
);
