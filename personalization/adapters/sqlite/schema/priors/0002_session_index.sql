-- Not WITHOUT ROWID: a chunk is hundreds of kilobytes.
CREATE TABLE session_index_chunks (
    generation_id TEXT NOT NULL,
    -- From 0
    number INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (generation_id, number)
);
