from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from personalization.adapters.cassandra.batches import read_each
from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.codec.moments import from_microseconds, to_microseconds
from personalization.domain.access.claim import NOBODY, Claim, Holder, Revocation, claims_days
from personalization.domain.access.shop import SHOP
from personalization.domain.identifiers import SessionId
from personalization.domain.session import SESSION_LIFE

_DAY_SECONDS: Final = 86_400
_HOUR_US: Final = 3_600 * 10**6
_READ = "SELECT holder, claimed_at_us, revoked_at_us FROM session_claims WHERE session_id = ?"
_WRITE = (
    "INSERT INTO session_claims (session_id, holder, claimed_at_us, revoked_at_us) "
    "VALUES (?, ?, ?, ?) IF NOT EXISTS USING TTL ?"
)
_REVOKE = (
    "UPDATE session_claims USING TTL ? SET revoked_at_us = ? WHERE session_id = ? "
    "IF holder != null AND revoked_at_us = null"
)
_LIST = (
    "INSERT INTO revoked_sessions (shop, hour, revoked_at_us, session_id) VALUES (?, ?, ?, ?) "
    "USING TTL ?"
)
_LISTED = (
    "SELECT session_id, revoked_at_us FROM revoked_sessions "
    "WHERE shop = ? AND hour = ? AND revoked_at_us >= ?"
)
_UNLIST = (
    "DELETE FROM revoked_sessions "
    "WHERE shop = ? AND hour = ? AND revoked_at_us = ? AND session_id = ?"
)
_ERASE = "DELETE FROM session_claims WHERE session_id = ? IF EXISTS"
_LISTED_SECONDS: Final = int(SESSION_LIFE.total_seconds()) + 3_600


class CassandraClaimStore:
    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection
        settings = connection.settings
        # Zero days are for ever, to these settings as to Cassandra.
        days = claims_days(settings.events_days, settings.decisions_days)
        self._ttl_seconds = days * _DAY_SECONDS

    def claim(self, wanted: Claim) -> Claim:
        claimed_us, revoked_us = to_microseconds(wanted.claimed_at), _moment_us(wanted.revoked_at)
        values = (wanted.session_id, wanted.holder, claimed_us, revoked_us)
        answer = self._connection.execute(_WRITE, (*values, self._ttl_seconds))
        if answer.was_applied:
            return wanted
        # The answer has the row of who was first: a read of its own might come too early.
        return _claim(wanted.session_id, dict(zip(answer.column_names, answer.one(), strict=True)))

    def read(self, session_id: SessionId) -> Claim | None:
        answer = self._connection.execute(_READ, (session_id,))
        row = answer.one()
        if row is None:
            return None
        return _claim(session_id, dict(zip(answer.column_names, row, strict=True)))

    def revoke(self, session_id: SessionId, moment: datetime) -> Claim:
        # Listed first: once the claim says so, every process is told.
        moment_us = to_microseconds(moment)
        listed = (SHOP, moment_us // _HOUR_US, moment_us, session_id, _LISTED_SECONDS)
        self._connection.execute(_LIST, listed)
        kept = self.claim(Claim(session_id, NOBODY, moment, moment))
        if kept.revoked_at is not None:
            return kept
        self._connection.execute(_REVOKE, (self._ttl_seconds, moment_us, session_id))
        return Claim(session_id, kept.holder, kept.claimed_at, moment)

    def erase(self, session_ids: Sequence[SessionId]) -> int:
        erased = 0
        for session_id in session_ids:
            claim = self.read(session_id)
            if claim is not None and claim.revoked_at is not None:
                moment_us = to_microseconds(claim.revoked_at)
                row = (SHOP, moment_us // _HOUR_US, moment_us, session_id)
                self._connection.execute(_UNLIST, row)
            # As it was written: by a transaction, which a plain delete might come before.
            erased += bool(self._connection.execute(_ERASE, (session_id,)).was_applied)
        return erased

    def revoked_between(self, since: datetime, until: datetime) -> Sequence[Revocation]:
        since_us, last = to_microseconds(since), to_microseconds(until) // _HOUR_US
        keys = [(SHOP, hour, since_us) for hour in range(since_us // _HOUR_US, last + 1)]
        return [
            Revocation(SessionId(session_id), from_microseconds(moment_us))
            for rows in read_each(self._connection, _LISTED, keys)
            for session_id, moment_us in rows
        ]


def _claim(session_id: SessionId, row: Mapping[str, Any]) -> Claim:
    revoked_at = _moment(row["revoked_at_us"])
    # What outlives the rest of the row by its own time to live is that the session was ended.
    claimed_at = _moment(row["claimed_at_us"]) or revoked_at or from_microseconds(0)
    return Claim(session_id, Holder(row["holder"] or NOBODY), claimed_at, revoked_at)


def _moment_us(moment: datetime | None) -> int | None:
    return None if moment is None else to_microseconds(moment)


def _moment(moment_us: int | None) -> datetime | None:
    return None if moment_us is None else from_microseconds(moment_us)
