CREATE TABLE plans (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    written_at_us INTEGER NOT NULL,
    author TEXT,
    -- JSON
    body BLOB NOT NULL,
    PRIMARY KEY (name, version)
);
