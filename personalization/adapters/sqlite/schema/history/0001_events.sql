CREATE TABLE events (
    session_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    -- ISO 8601 date in UTC
    day TEXT NOT NULL,
    occurred_at_us INTEGER NOT NULL,
    received_at_us INTEGER NOT NULL,
    -- JSON array of text
    product_ids TEXT NOT NULL,
    category_id TEXT,
    region TEXT,
    device TEXT NOT NULL,
    user_id TEXT,
    decision_id TEXT,
    -- JSON array of integers
    slots TEXT NOT NULL,
    bundle_id TEXT,
    thumb INTEGER,
    rating REAL,
    PRIMARY KEY (session_id, event_id)
) WITHOUT ROWID;

CREATE INDEX events_by_day ON events (day, occurred_at_us, event_id, session_id);
