"""Learned rounds in partitions of so many numbers each, and an index of them by session.

The fence is the time of writing that Cassandra compares: of two rows of one number the later
learner's stays, in whichever order they arrive. An index row may be left of a row that was written
over; so what the index says is looked up.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from personalization.adapters.cassandra.batches import Write, read_each, write_rows
from personalization.adapters.cassandra.connection import CassandraConnection, translated_errors
from personalization.adapters.cassandra.partitions import SHOP
from personalization.codec.slate_outcomes import (
    count_of,
    decode_outcomes,
    encode_outcomes,
    number_of_digest,
    rounds_by_session,
)
from personalization.domain.outcome_rules import MILLISECONDS
from personalization.ports.learned_rounds import SlateOutcomes

CHUNK_ROUNDS = 500_000
"""Of a partition: some 50,000 rows, 5 MB."""
_WRITE = (
    "INSERT INTO learned_rounds (shop, chunk, number, session, closed_at_ms, body) "
    "VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"
)
_WRITE_INDEX = "INSERT INTO learned_rounds_by_session (shop, session, number) VALUES (?, ?, ?)"
_WRITE_CHUNK = "INSERT INTO learned_chunks (shop, chunk) VALUES (?, ?)"
_DISCARD = (
    "DELETE FROM learned_rounds USING TIMESTAMP ? WHERE shop = ? AND chunk = ? AND number >= ?"
)
_READ = (
    "SELECT number, session, closed_at_ms, body FROM learned_rounds "
    "WHERE shop = ? AND chunk = ? AND number >= ? AND number < ?"
)
_READ_INDEX = "SELECT session, number FROM learned_rounds_by_session WHERE shop = ? AND session = ?"
_READ_ROW = (
    "SELECT number, session, body FROM learned_rounds WHERE shop = ? AND chunk = ? AND number = ?"
)
_READ_CHUNKS = "SELECT chunk FROM learned_chunks WHERE shop = ?"
_DELETE = "DELETE FROM learned_rounds WHERE shop = ? AND chunk = ? AND number = ?"
_DELETE_INDEX = (
    "DELETE FROM learned_rounds_by_session WHERE shop = ? AND session = ? AND number = ?"
)
_DELETE_UNTIL = "DELETE FROM learned_rounds WHERE shop = ? AND chunk = ? AND number < ?"
_DELETE_CHUNK = "DELETE FROM learned_chunks WHERE shop = ? AND chunk = ?"
_REMOVED = "SELECT pruned_until, forgotten_version FROM learned_rounds_removed WHERE shop = ?"
_MARK_PRUNED = "INSERT INTO learned_rounds_removed (shop, pruned_until) VALUES (?, ?)"
_MARK_FORGOTTEN = "INSERT INTO learned_rounds_removed (shop, forgotten_version) VALUES (?, ?)"
_SLATES_PER_CHUNK = 1_000


class CassandraLearnedRounds:
    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection
        self._known_chunks: set[int] = set()

    def append(self, slates: Sequence[SlateOutcomes], fence_us: int) -> None:
        new = {slate.number // CHUNK_ROUNDS for slate in slates} - self._known_chunks
        # Before the rows: what no list of chunks names would never be removed.
        write_rows(self._connection, (Write(SHOP, _WRITE_CHUNK, (SHOP, chunk)) for chunk in new))
        self._known_chunks |= new
        write_rows(self._connection, map(_index_row, slates))
        write_rows(self._connection, (_row(slate, fence_us) for slate in slates))

    def discard_from(self, number: int, fence_us: int) -> None:
        for chunk in self._chunks():
            if chunk >= number // CHUNK_ROUNDS:
                self._connection.execute(_DISCARD, (fence_us - 1, SHOP, chunk, number))

    def read(self, first: int, until: int) -> Iterator[Sequence[SlateOutcomes]]:
        for chunk in self._chunks():
            if first // CHUNK_ROUNDS <= chunk and chunk * CHUNK_ROUNDS < until:
                yield from self._read_chunk(chunk, first, until)

    def count(self, sessions: Collection[str]) -> Mapping[str, int]:
        return rounds_by_session(self._of(sessions))

    def forget(self, sessions: Collection[str], until: int, version: int) -> int:
        newest = max(version, self.forgotten_version())
        self._connection.execute(_MARK_FORGOTTEN, (SHOP, newest))
        removed = 0
        for number, session, body in self._of(sessions):
            if number < until:
                self._delete(number, session)
                removed += count_of(body)
        return removed

    def forgotten_version(self) -> int:
        return self._marks()[1]

    def pruned_until(self) -> int:
        return self._marks()[0]

    def prune(self, before: datetime) -> int:
        moment_ms = int(before.timestamp() * MILLISECONDS)
        removed = 0
        for chunk in self._chunks():
            old, is_whole = self._old_of(chunk, moment_ms)
            if old:
                # Who trains again must not take what is left for all there was.
                newest = max(old[-1].end, self.pruned_until())
                self._connection.execute(_MARK_PRUNED, (SHOP, newest))
                for slate in old:
                    key = (SHOP, number_of_digest(slate.session), slate.number)
                    self._connection.execute(_DELETE_INDEX, key)
                self._connection.execute(_DELETE_UNTIL, (SHOP, chunk, old[-1].end))
                removed += sum(len(slate.outcomes) for slate in old)
            if not is_whole:
                break
            if chunk != max(self._chunks()):  # The newest is still written to.
                self._connection.execute(_DELETE_CHUNK, (SHOP, chunk))
        return removed

    def _old_of(self, chunk: int, moment_ms: int) -> tuple[list[SlateOutcomes], bool]:
        """Return a chunk's slates up to the first young one, and whether that is all of them."""
        old: list[SlateOutcomes] = []
        for slates in self._read_chunk(chunk, 0, (chunk + 1) * CHUNK_ROUNDS):
            for slate in slates:
                if slate.closed_at_ms >= moment_ms:
                    return old, False
                old.append(slate)
        return old, True

    def _read_chunk(self, chunk: int, first: int, until: int) -> Iterator[list[SlateOutcomes]]:
        rows = self._connection.execute(_READ, (SHOP, chunk, first, until))
        found: list[SlateOutcomes] = []
        with translated_errors():
            for row in rows:
                found.append(decode_outcomes(*row))
                if len(found) == _SLATES_PER_CHUNK:
                    yield found
                    found = []
        if found:
            yield found

    def _marks(self) -> tuple[int, int]:
        row = self._connection.execute(_REMOVED, (SHOP,)).one() or (0, 0)
        return int(row[0] or 0), int(row[1] or 0)

    def _chunks(self) -> list[int]:
        rows = self._connection.execute(_READ_CHUNKS, (SHOP,))
        with translated_errors():
            return [chunk for (chunk,) in rows]

    def _of(self, sessions: Collection[str]) -> Iterator[tuple[int, int, bytes]]:
        keys = [(SHOP, number_of_digest(digest)) for digest in sessions]
        for indexed in read_each(self._connection, _READ_INDEX, keys):
            wanted = [(SHOP, number // CHUNK_ROUNDS, number) for _, number in indexed]
            sessions_of = {number: session for session, number in indexed}
            for rows in read_each(self._connection, _READ_ROW, wanted):
                for number, session, body in rows:
                    if body is not None and sessions_of[number] == session:
                        yield number, session, body

    def _delete(self, number: int, session: int) -> None:
        self._connection.execute(_DELETE, (SHOP, number // CHUNK_ROUNDS, number))
        self._connection.execute(_DELETE_INDEX, (SHOP, session, number))


def _row(slate: SlateOutcomes, fence_us: int) -> Write:
    chunk = slate.number // CHUNK_ROUNDS
    session = number_of_digest(slate.session)
    values = (slate.number, session, slate.closed_at_ms, encode_outcomes(slate), fence_us)
    return Write((SHOP, chunk), _WRITE, (SHOP, chunk, *values))


def _index_row(slate: SlateOutcomes) -> Write:
    session = number_of_digest(slate.session)
    return Write(session, _WRITE_INDEX, (SHOP, session, slate.number))
