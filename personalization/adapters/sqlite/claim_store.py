from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from personalization.adapters.sqlite.database import MINIMUM_FREE_MIB, Database
from personalization.codec.moments import from_microseconds, to_microseconds
from personalization.domain.access.claim import NOBODY, Claim, Holder, Revocation
from personalization.domain.identifiers import SessionId

_READ = "SELECT session_id, holder, claimed_at_us, revoked_at_us FROM claims WHERE session_id = ?"
_WRITE = "INSERT INTO claims (session_id, holder, claimed_at_us) VALUES (?, ?, ?)"
_REVOKE = """
INSERT INTO claims (session_id, holder, claimed_at_us, revoked_at_us) VALUES (?, ?, ?, ?)
ON CONFLICT (session_id) DO UPDATE SET revoked_at_us = excluded.revoked_at_us
WHERE revoked_at_us IS NULL
"""
_REVOKED = """
SELECT session_id, revoked_at_us FROM claims WHERE revoked_at_us BETWEEN ? AND ?
ORDER BY revoked_at_us
"""
_PAGE = "SELECT session_id, claimed_at_us FROM claims WHERE session_id > ? ORDER BY 1 LIMIT ?"
_DELETE = "DELETE FROM claims WHERE session_id = ?"
_PER_PAGE = 2_000
"""A page is one transaction: first events wait for it."""


class SqliteClaimStore:
    """A file of its own: the API writes to it while the history writer holds the history's."""

    def __init__(self, path: Path, minimum_free_mib: int = MINIMUM_FREE_MIB) -> None:
        self._database = Database(path, "claims", minimum_free_mib)

    def claim(self, wanted: Claim) -> Claim:
        with self._database.transaction() as connection:
            row = connection.execute(_READ, (wanted.session_id,)).fetchone()
            if row is not None:
                return _claim(row)
            claimed_at_us = to_microseconds(wanted.claimed_at)
            connection.execute(_WRITE, (wanted.session_id, wanted.holder, claimed_at_us))
        return wanted

    def read(self, session_id: SessionId) -> Claim | None:
        rows = self._database.read(_READ, (session_id,))
        return _claim(rows[0]) if rows else None

    def revoke(self, session_id: SessionId, moment: datetime) -> Claim:
        moment_us = to_microseconds(moment)
        with self._database.transaction() as connection:
            connection.execute(_REVOKE, (session_id, NOBODY, moment_us, moment_us))
            return _claim(connection.execute(_READ, (session_id,)).fetchone())

    def revoked_between(self, since: datetime, until: datetime) -> Sequence[Revocation]:
        rows = self._database.read(_REVOKED, (to_microseconds(since), to_microseconds(until)))
        return [Revocation(SessionId(name), from_microseconds(moment)) for name, moment in rows]

    def erase(self, session_ids: Sequence[SessionId]) -> int:
        return self._database.erase(_DELETE, ((session_id,) for session_id in session_ids))

    def prune(self, before: datetime) -> int:
        """Remove what was claimed before a moment; return the number of claims."""
        moment = to_microseconds(before)
        return self._database.delete_pages(
            _PAGE, ("",), _PER_PAGE, _DELETE, lambda claimed_at_us: claimed_at_us < moment
        )

    def compact(self) -> int:
        return self._database.compact()

    def close(self) -> None:
        self._database.close()


def _claim(row: tuple[Any, ...]) -> Claim:
    session_id, holder, claimed_at_us, revoked_at_us = row
    revoked_at = None if revoked_at_us is None else from_microseconds(revoked_at_us)
    claimed_at = from_microseconds(claimed_at_us)
    return Claim(SessionId(session_id), Holder(holder), claimed_at, revoked_at)
