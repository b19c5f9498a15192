CREATE TABLE waiting_events (
    shop TEXT NOT NULL,
    session_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    product_ids TEXT NOT NULL,
    received_at_us INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL,
    size INTEGER NOT NULL,
    event BLOB NOT NULL,
    PRIMARY KEY (shop, session_id, event_id)
);
