CREATE TABLE decisions (
    decision_id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL,
    decided_at_us INTEGER NOT NULL,
    -- JSON, compressed by zlib
    decision BLOB NOT NULL,
    profile BLOB NOT NULL
);

CREATE INDEX decisions_by_session ON decisions (session_id, decided_at_us);
