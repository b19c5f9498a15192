import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from personalization.adapters.sqlite.append_signal import AppendWaiter
from personalization.adapters.sqlite.database import Database
from personalization.domain.errors import StoreUnavailableError
from personalization.ports.event_log import CLOCK_SLACK_MS, Record, TopicPartition

_READ = """
SELECT "offset", appended_at_ms, key, value, headers FROM records
WHERE topic = ? AND "partition" = ? AND "offset" >= ? ORDER BY "offset" LIMIT ?
"""
_COMMITTED = """
SELECT topic, "partition", next_offset FROM group_offsets WHERE consumer_group = ?
"""
_COMMIT = """
INSERT INTO group_offsets (consumer_group, topic, "partition", next_offset) VALUES (?, ?, ?, ?)
ON CONFLICT (consumer_group, topic, "partition")
DO UPDATE SET next_offset = max(next_offset, excluded.next_offset)
"""
_END = """
SELECT coalesce(max("offset") + 1, 0) FROM records WHERE topic = ? AND "partition" = ?
"""
_FIRST = """
SELECT coalesce(
    (SELECT min("offset") FROM records WHERE topic = ? AND "partition" = ?),
    (SELECT max(next_offset) FROM group_offsets WHERE topic = ? AND "partition" = ?),
    0
)
"""
_MILLISECONDS = 1000
_HEADERS = msgspec.json.Decoder(tuple[tuple[str, str], ...])


class SqliteEventConsumer:
    """Reads its partitions in turn; made by `SqliteEventLog.consumer`, used by one thread."""

    def __init__(
        self,
        database: Database,
        appended: AppendWaiter,
        group: str,
        assigned: Sequence[TopicPartition],
    ) -> None:
        self._database = database
        self._reader = database.reader()
        self._appended = appended
        self._group = group
        committed = self._committed_offsets()
        self._next_offsets = {place: committed.get(place, 0) for place in assigned}
        self._turn = list(assigned)
        self._returned_ms: dict[TopicPartition, int] = {}
        self._closed = False

    def poll(self, max_records: int, timeout_seconds: float) -> Sequence[Record]:
        try:
            return self._poll(max_records, time.monotonic() + timeout_seconds)
        except StoreUnavailableError:
            if self._closed:  # By another thread, in the middle of this.
                return []
            raise

    def commit(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        offsets = next_offsets.items()
        rows = [(self._group, place.topic, place.partition, offset) for place, offset in offsets]
        self._database.write_rows(_COMMIT, rows)

    def seek(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        for place in self._next_offsets.keys() & next_offsets.keys():
            self._next_offsets[place] = next_offsets[place]

    def read_up_to_ms(self) -> int:
        now_ms = int(time.time() * _MILLISECONDS) - CLOCK_SLACK_MS
        unread = [
            self._returned_ms.get(place, 0)
            for place, next_offset in self._next_offsets.items()
            if next_offset < self._end(place)
        ]
        return min([now_ms, *unread])

    def first_offsets(self) -> Mapping[TopicPartition, int]:
        return {place: self._first(place) for place in self._turn}

    def lag(self) -> int:
        committed = self._committed_offsets()
        return sum(max(0, self._end(place) - committed.get(place, 0)) for place in self._turn)

    def close(self) -> None:
        self._closed = True
        self._appended.close()
        self._reader.close()

    def _poll(self, max_records: int, deadline: float) -> Sequence[Record]:
        while not self._closed:
            self._appended.clear()
            records = self._read(max_records)
            remaining = deadline - time.monotonic()
            if records or remaining <= 0:
                return records
            self._appended.wait(remaining)
        return []

    def _read(self, max_records: int) -> list[Record]:
        records: list[Record] = []
        for place in self._turn:
            wanted = max_records - len(records)
            if wanted <= 0:
                break
            found = self._read_partition(place, wanted)
            if found:
                self._next_offsets[place] = found[-1].offset + 1
                self._returned_ms[place] = found[-1].appended_at_ms
                records.extend(found)
        # The next poll begins one partition on, so that a long one cannot starve the others.
        self._turn = self._turn[1:] + self._turn[:1]
        return records

    def _read_partition(self, place: TopicPartition, wanted: int) -> list[Record]:
        start = (place.topic, place.partition, self._next_offsets[place], wanted)
        return [_record(place, row) for row in self._reader.read(_READ, start)]

    def _first(self, place: TopicPartition) -> int:
        """Return the first offset; where there is no record left, what anybody has read up to."""
        [(first,)] = self._reader.read(_FIRST, (place.topic, place.partition) * 2)
        return int(first)

    def _end(self, place: TopicPartition) -> int:
        [(end,)] = self._reader.read(_END, (place.topic, place.partition))
        return int(end)

    def _committed_offsets(self) -> dict[TopicPartition, int]:
        rows = self._reader.read(_COMMITTED, (self._group,))
        return {TopicPartition(topic, partition): offset for topic, partition, offset in rows}


def _record(place: TopicPartition, row: tuple[Any, ...]) -> Record:
    offset, appended_at_ms, key, value, headers = row
    return Record(place, offset, appended_at_ms, key, value, _HEADERS.decode(headers))
