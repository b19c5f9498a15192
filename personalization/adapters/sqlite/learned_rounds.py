from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from personalization.adapters.sqlite.database import MINIMUM_FREE_MIB, Database, Row
from personalization.codec.slate_outcomes import (
    count_of,
    decode_outcomes,
    encode_outcomes,
    number_of_digest,
    rounds_by_session,
)
from personalization.domain.outcome_rules import MILLISECONDS
from personalization.ports.learned_rounds import SlateOutcomes

_WRITE = """
INSERT INTO rounds (number, session, closed_at_ms, fence_us, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (number) DO UPDATE SET session = excluded.session,
closed_at_ms = excluded.closed_at_ms, fence_us = excluded.fence_us, body = excluded.body
WHERE excluded.fence_us >= fence_us
"""
_DISCARD = "DELETE FROM rounds WHERE number >= ? AND fence_us < ?"
_PAGE = """
SELECT number, session, closed_at_ms, body FROM rounds WHERE number > ? AND number < {until}
ORDER BY number LIMIT ?
"""
_OF_SESSIONS = """
SELECT number, session, body FROM rounds WHERE session IN (SELECT value FROM json_each(?))
"""
_DELETE = "DELETE FROM rounds WHERE number = ?"
_OLDEST = "SELECT number, closed_at_ms, body FROM rounds ORDER BY number LIMIT ?"
_REMOVED = "SELECT pruned_until, forgotten_version FROM removed"
_MARK_PRUNED = "UPDATE removed SET pruned_until = max(pruned_until, ?)"
_MARK_FORGOTTEN = "UPDATE removed SET forgotten_version = max(forgotten_version, ?)"
_SLATES_PER_PAGE = 1_000


class SqliteLearnedRounds:
    """A file of its own: the learner waits for no other writer."""

    def __init__(self, path: Path, minimum_free_mib: int = MINIMUM_FREE_MIB) -> None:
        self._database = Database(path, "learned_rounds", minimum_free_mib)

    def append(self, slates: Sequence[SlateOutcomes], fence_us: int) -> None:
        self._database.write_rows(_WRITE, (_row(slate, fence_us) for slate in slates))

    def discard_from(self, number: int, fence_us: int) -> None:
        with self._database.transaction(frees_space=True) as connection:
            connection.execute(_DISCARD, (number, fence_us))

    def read(self, first: int, until: int) -> Iterator[Sequence[SlateOutcomes]]:
        query = _PAGE.format(until=int(until))
        for page in self._database.read_pages(query, (first - 1,), _SLATES_PER_PAGE):
            yield [decode_outcomes(*row) for row in page]

    def count(self, sessions: Collection[str]) -> Mapping[str, int]:
        return rounds_by_session(self._of(sessions))

    def forget(self, sessions: Collection[str], until: int, version: int) -> int:
        found = [(number, body) for number, _, body in self._of(sessions) if number < until]
        with self._database.transaction(frees_space=True) as connection:
            connection.execute(_MARK_FORGOTTEN, (version,))
            connection.executemany(_DELETE, ((number,) for number, _ in found))
        return sum(count_of(body) for _, body in found)

    def forgotten_version(self) -> int:
        [(_, version)] = self._database.read(_REMOVED)
        return int(version)

    def pruned_until(self) -> int:
        [(until, _)] = self._database.read(_REMOVED)
        return int(until)

    def prune(self, before: datetime) -> int:
        moment_ms = int(before.timestamp() * MILLISECONDS)
        removed = 0
        while page := self._database.read(_OLDEST, (_SLATES_PER_PAGE,)):
            old = _leading_old(page, moment_ms)
            if old:
                ends = [number + count_of(body) for number, _, body in old]
                with self._database.transaction(frees_space=True) as connection:
                    # Who trains again must not take what is left for all there was.
                    connection.execute(_MARK_PRUNED, (ends[-1],))
                    connection.executemany(_DELETE, ((number,) for number, _, _ in old))
                removed += sum(count_of(body) for _, _, body in old)
            if len(old) < len(page):
                break
        return removed

    def compact(self) -> int:
        return self._database.compact()

    def close(self) -> None:
        self._database.close()

    def _of(self, sessions: Collection[str]) -> list[tuple[int, int, bytes]]:
        wanted = msgspec.json.encode([number_of_digest(digest) for digest in sessions]).decode()
        return [
            (number, session, body)
            for number, session, body in self._database.read(_OF_SESSIONS, (wanted,))
        ]


def _row(slate: SlateOutcomes, fence_us: int) -> Row:
    session = number_of_digest(slate.session)
    return slate.number, session, slate.closed_at_ms, fence_us, encode_outcomes(slate)


def _leading_old(
    page: Sequence[tuple[int, int, bytes]], moment_ms: int
) -> list[tuple[int, int, bytes]]:
    """Return the rows up to the first that is young enough: what is kept has no gaps by age."""
    young = next((place for place, row in enumerate(page) if row[1] >= moment_ms), len(page))
    return list(page[:young])
