-- The first process that names a topic fixes its number of partitions for all others.
CREATE TABLE topics (
    topic TEXT PRIMARY KEY,
    partitions INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE records (
    topic TEXT NOT NULL,
    "partition" INTEGER NOT NULL,
    "offset" INTEGER NOT NULL,
    appended_at_ms INTEGER NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    -- JSON array of [name, value]
    headers TEXT NOT NULL,
    PRIMARY KEY (topic, "partition", "offset")
) WITHOUT ROWID;

CREATE TABLE group_offsets (
    consumer_group TEXT NOT NULL,
    topic TEXT NOT NULL,
    "partition" INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    PRIMARY KEY (consumer_group, topic, "partition")
) WITHOUT ROWID;
