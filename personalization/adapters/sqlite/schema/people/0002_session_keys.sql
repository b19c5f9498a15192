-- Keys of sessions by which the log is encrypted, themselves encrypted; without one, destroyed.
CREATE TABLE session_keys (
    key_id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    is_carried INTEGER NOT NULL,
    made_at_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_keys_of_session ON session_keys (session_id);
CREATE INDEX session_keys_by_age ON session_keys (made_at_ms);
