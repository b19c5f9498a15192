import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from personalization.adapters.sqlite.database import MINIMUM_FREE_MIB, Database, Row
from personalization.codec.moments import to_microseconds
from personalization.decisions.decision_record import (
    decode_record,
    decode_record_decision,
    encode_record,
    record_of_texts,
)
from personalization.decisions.former_records import decode_decision
from personalization.decisions.shown_decision import decode_shown, decode_shown_record
from personalization.domain.decision import Decision
from personalization.domain.identifiers import DecisionId, SessionId, start_of_decision_ids
from personalization.domain.shown_decision import ShownDecision
from personalization.ports.decision_history import DecisionRecord

_APPEND = """
INSERT INTO decisions (decision_id, session_id, decided_at_us, decision, profile)
VALUES (?, ?, ?, ?, ?) ON CONFLICT (decision_id) DO NOTHING
"""
_READ_MANY = """
SELECT decision, profile FROM decisions
WHERE decision_id IN (SELECT value FROM json_each(?))
"""
_READ_OF_SESSION = """
SELECT decision, profile FROM decisions WHERE decision_id = ? AND session_id = ?
"""
_HAS_SESSION = "SELECT 1 FROM decisions WHERE session_id = ? LIMIT 1"
_LIST_SESSION = """
SELECT decision, profile FROM decisions WHERE session_id = ? AND decided_at_us <= ?
ORDER BY decided_at_us DESC, decision_id DESC LIMIT ?
"""
_DAY_PAGE = """
SELECT decision_id, decision, profile FROM decisions WHERE decision_id > ?
ORDER BY decision_id LIMIT ?
"""
_IDS = """
SELECT decision_id, decided_at_us FROM decisions WHERE decision_id > ?
ORDER BY decision_id LIMIT ?
"""
_ERASE_SESSION = "DELETE FROM decisions WHERE session_id = ?"
_DELETE = "DELETE FROM decisions WHERE decision_id = ?"
_IN_DECISION = b""
DECISIONS_PER_PAGE = 1_000
"""Rows of some kilobytes each, deleted in one transaction."""
DECISIONS_PER_CHUNK = 200
"""Some 30 KB each once they are unpacked."""


class SqliteDecisionHistory:
    """Records in a file of its own: it takes most of all writes.

    A row's `decision` is the whole record, its `profile` empty. Former rows have each apart, as
    compressed JSON.
    """

    def __init__(self, path: Path, minimum_free_mib: int = MINIMUM_FREE_MIB) -> None:
        self._database = Database(path, "decisions", minimum_free_mib)

    def append(self, records: Sequence[DecisionRecord]) -> None:
        self._database.write_rows(_APPEND, map(_record_row, records))

    def read_many(self, decision_ids: Sequence[DecisionId]) -> Mapping[DecisionId, DecisionRecord]:
        records = map(_record, self._database.read_wanted(_READ_MANY, decision_ids))
        return {record.decision.decision_id: record for record in records}

    def read_decisions(self, decision_ids: Sequence[DecisionId]) -> Mapping[DecisionId, Decision]:
        decisions = map(_decision, self._database.read_wanted(_READ_MANY, decision_ids))
        return {decision.decision_id: decision for decision in decisions}

    def read_slates(self, decision_ids: Sequence[DecisionId]) -> Mapping[DecisionId, ShownDecision]:
        shown = map(_slate, self._database.read_wanted(_READ_MANY, decision_ids))
        return {decision.decision_id: decision for decision in shown}

    def read_of_session(
        self, session_id: SessionId, decision_id: DecisionId
    ) -> DecisionRecord | None:
        rows = self._database.read(_READ_OF_SESSION, (decision_id, session_id))
        return _record(rows[0]) if rows else None

    def has_session(self, session_id: SessionId) -> bool:
        return bool(self._database.read(_HAS_SESSION, (session_id,)))

    def list_session(
        self, session_id: SessionId, until: datetime, limit: int
    ) -> Sequence[DecisionRecord]:
        rows = self._database.read(_LIST_SESSION, (session_id, to_microseconds(until), limit))
        return [_record(row) for row in rows]

    def read_day(self, day: date) -> Iterator[Sequence[DecisionRecord]]:
        first = datetime.combine(day, time(), UTC)
        until = start_of_decision_ids(first + timedelta(days=1))
        start = (start_of_decision_ids(first),)
        for page in self._database.read_pages(_DAY_PAGE, start, DECISIONS_PER_CHUNK):
            records = [_record((body, rest)) for key, body, rest in page if key < until]
            if records:
                yield records
            if len(records) < len(page):
                return

    def erase(self, session_ids: Sequence[SessionId]) -> int:
        return self._database.erase(_ERASE_SESSION, ((session_id,) for session_id in session_ids))

    def prune(self, before: datetime) -> int:
        """Remove what was decided before a moment; return the number of decisions."""
        moment = to_microseconds(before)
        return self._database.delete_pages(
            _IDS, ("",), DECISIONS_PER_PAGE, _DELETE, lambda decided_at: decided_at < moment
        )

    def compact(self) -> int:
        return self._database.compact()

    def close(self) -> None:
        self._database.close()


def _record_row(record: DecisionRecord) -> Row:
    decision = record.decision
    return (
        decision.decision_id,
        decision.session_id,
        to_microseconds(decision.decided_at),
        encode_record(record),
        _IN_DECISION,
    )


def _record(row: tuple[bytes, bytes]) -> DecisionRecord:
    decision, profile = row
    if profile == _IN_DECISION:
        return decode_record(decision)
    return record_of_texts(zlib.decompress(decision), zlib.decompress(profile))


def _decision(row: tuple[bytes, bytes]) -> Decision:
    decision, profile = row
    if profile == _IN_DECISION:
        return decode_record_decision(decision)
    return decode_decision(zlib.decompress(decision))


def _slate(row: tuple[bytes, bytes]) -> ShownDecision:
    decision, profile = row
    if profile == _IN_DECISION:
        return decode_shown_record(decision)
    return decode_shown(zlib.decompress(decision), zlib.decompress(profile))
