CREATE TABLE rounds (
    number INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    closed_at_ms INTEGER NOT NULL,
    fence_us INTEGER NOT NULL,
    body BLOB NOT NULL
);

CREATE INDEX rounds_by_session ON rounds (session);

-- One row: before this number rounds were removed because of their age, and up to this version of
-- the list of erased sessions because of that.
CREATE TABLE removed (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    pruned_until INTEGER NOT NULL,
    forgotten_version INTEGER NOT NULL
);

INSERT INTO removed (id, pruned_until, forgotten_version) VALUES (1, 0, 0);
