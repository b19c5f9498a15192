CREATE TABLE generations (
    generation_id TEXT PRIMARY KEY,
    created_at_us INTEGER NOT NULL,
    -- JSON
    description BLOB NOT NULL
);

-- Not WITHOUT ROWID: lists are kilobytes, which would leave a handful of keys a page.
CREATE TABLE ranked_lists (
    generation_id TEXT NOT NULL,
    prior_table TEXT NOT NULL,
    list_key TEXT NOT NULL,
    -- JSON
    members BLOB NOT NULL,
    PRIMARY KEY (generation_id, prior_table, list_key)
);

-- At most one row: the pointer that a promotion moves.
CREATE TABLE active_generation (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    generation_id TEXT NOT NULL REFERENCES generations (generation_id)
);
