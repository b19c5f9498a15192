-- The shop's own id of a person, encrypted, by the pseudonym.
CREATE TABLE people (
    user_id TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
) WITHOUT ROWID;
