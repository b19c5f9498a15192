from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.codec.moments import from_microseconds, to_microseconds
from personalization.domain.claim import Claim, Holder, claims_days
from personalization.domain.identifiers import SessionId

_DAY_SECONDS = 86_400
_READ = "SELECT holder, claimed_at_us FROM session_claims WHERE session_id = ?"
_WRITE = (
    "INSERT INTO session_claims (session_id, holder, claimed_at_us) VALUES (?, ?, ?) "
    "IF NOT EXISTS USING TTL ?"
)


class CassandraClaimStore:
    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection
        settings = connection.settings
        # Zero days are for ever, to these settings as to Cassandra.
        days = claims_days(settings.events_days, settings.decisions_days)
        self._ttl_seconds = days * _DAY_SECONDS

    def claim(self, wanted: Claim) -> Claim:
        values = (wanted.session_id, wanted.holder, to_microseconds(wanted.claimed_at))
        answer = self._connection.execute(_WRITE, (*values, self._ttl_seconds))
        if answer.was_applied:
            return wanted
        # The answer has the row of who was first: a read of its own might come too early.
        held = dict(zip(answer.column_names, answer.one(), strict=True))
        claimed_at = from_microseconds(held["claimed_at_us"])
        return Claim(wanted.session_id, Holder(held["holder"]), claimed_at)

    def read(self, session_id: SessionId) -> Claim | None:
        row = self._connection.execute(_READ, (session_id,)).one()
        if row is None:
            return None
        holder, claimed_at_us = row
        return Claim(session_id, Holder(holder), from_microseconds(claimed_at_us))
