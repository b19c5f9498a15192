-- What the history holds of each UTC day, kept in the transaction that changes it.
CREATE TABLE event_days (
    -- ISO 8601 date
    day TEXT PRIMARY KEY,
    events INTEGER NOT NULL,
    -- Counts every transaction that added events, and every event that was removed
    changes INTEGER NOT NULL,
    -- When the last of these was, in microseconds: a count alone would come again in a file that
    -- was put back from a copy
    changed_us INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO event_days
SELECT day, count(*), 1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)
FROM events GROUP BY day;
CREATE TRIGGER event_days_after_delete AFTER DELETE ON events BEGIN UPDATE event_days SET events = events - 1, changes = changes + 1, changed_us = CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) WHERE day = OLD.day; END;
