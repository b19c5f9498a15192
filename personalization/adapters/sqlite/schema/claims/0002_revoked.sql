-- When the session was ended before its time; null in those that were not.
ALTER TABLE claims ADD COLUMN revoked_at_us INTEGER;

CREATE INDEX claims_by_revocation ON claims (revoked_at_us) WHERE revoked_at_us IS NOT NULL;
