-- Of a login: what the person did in other visits, a JSON array; null in all other events.
ALTER TABLE events ADD COLUMN past TEXT;
-- Which visits a person has had, by the users that attested events name. It is not filled from
-- older events: pages could name anybody.
CREATE TABLE sessions_by_user (
    user_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    -- When the newest event that names the user happened
    newest_us INTEGER NOT NULL,
    -- Days since 1970 on which the row was last written: its life counts from there
    written_day INTEGER NOT NULL,
    PRIMARY KEY (user_id, session_id)
) WITHOUT ROWID;
CREATE INDEX sessions_by_user_newest ON sessions_by_user (user_id, newest_us DESC, session_id);
CREATE INDEX users_by_session ON sessions_by_user (session_id);
