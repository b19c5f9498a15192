CREATE TABLE audit_entries (
    entry_id TEXT PRIMARY KEY,
    shop TEXT NOT NULL,
    happened_at_us INTEGER NOT NULL,
    author TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- JSON; null where there was or is nothing
    before_change TEXT,
    after_change TEXT,
    note TEXT NOT NULL
);

CREATE INDEX audit_entries_by_time ON audit_entries (shop, happened_at_us, entry_id);
CREATE INDEX audit_entries_by_subject ON audit_entries (shop, subject, happened_at_us, entry_id);
