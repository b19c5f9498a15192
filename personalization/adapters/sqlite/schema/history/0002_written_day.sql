-- Days since 1970 on which the row was written: its life counts from there, also where what is
-- imported happened years ago. What is there already begins its life today.
ALTER TABLE events ADD COLUMN written_day INTEGER NOT NULL DEFAULT 0;
UPDATE events SET written_day = CAST(julianday('now') - 2440587.5 AS INTEGER);
