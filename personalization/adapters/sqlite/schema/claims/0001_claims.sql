CREATE TABLE claims (
    session_id TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    claimed_at_us INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX claims_by_time ON claims (claimed_at_us);
