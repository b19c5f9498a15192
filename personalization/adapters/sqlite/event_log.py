import sqlite3
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from zlib import crc32

import msgspec

from personalization.adapters.sqlite.append_signal import AppendSignal
from personalization.adapters.sqlite.database import MINIMUM_FREE_MIB, Database, Row
from personalization.adapters.sqlite.event_consumer import SqliteEventConsumer
from personalization.adapters.sqlite.group_commit import GroupCommit, Publish
from personalization.adapters.sqlite.log_retention import RECORD_BYTES, LogRetention
from personalization.codec.moments import to_microseconds
from personalization.domain.clock import Clock, SystemClock
from personalization.domain.identifiers import SessionId
from personalization.ports.event_log import ErasedRecords, Message, TopicPartition
from personalization.ports.retention import TopicLife
from personalization.ports.topics import DEFAULT_PARTITIONS

_NAME_TOPIC = "INSERT INTO topics VALUES (?, ?) ON CONFLICT (topic) DO NOTHING"
_PARTITIONS = "SELECT partitions FROM topics WHERE topic = ?"
_NEXT_OFFSET = """
SELECT coalesce(max("offset") + 1, 0) FROM records WHERE topic = ? AND "partition" = ?
"""
_LAST_OF_ALL = 'SELECT topic, "partition", max("offset") FROM records GROUP BY 1, 2'
_EMPTY_LAST = f"""
UPDATE records SET key = '', value = x'', headers = '[]'
WHERE topic = ?1 AND "partition" = ?2 AND "offset" = ?3
AND (topic, "partition", "offset") IN ({_LAST_OF_ALL})
"""  # noqa: S608 - a query of our own
_FIND = """
SELECT topic, "partition", "offset", key FROM records
WHERE key IN (SELECT value FROM json_each(?))
"""
_ERASE = 'DELETE FROM records WHERE topic = ? AND "partition" = ? AND "offset" = ? AND key = ?'
_APPEND = "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)"
_PROBE = """
INSERT INTO group_offsets (consumer_group, topic, "partition", next_offset)
VALUES ('readiness', 'readiness', 0, ?)
ON CONFLICT (consumer_group, topic, "partition") DO UPDATE SET next_offset = excluded.next_offset
"""
_MICROSECONDS_PER_MILLISECOND = 1_000
_NANOSECONDS_PER_MILLISECOND = 1_000_000
_QUOTA_LOOKS = 8
"""A topic with a quota is measured when an eighth of it has been appended since the last time."""


class SqliteEventLog:
    """The Kafka-shaped log in one SQLite file that several processes may share.

    A key's partition is its CRC-32 modulo the topic's number of partitions, so every process and
    every run puts a session in the same place.
    """

    def __init__(
        self,
        path: Path,
        minimum_free_mib: int = MINIMUM_FREE_MIB,
        partitions: int = DEFAULT_PARTITIONS,
        clock: Clock | None = None,
        lives: Mapping[str, TopicLife] | None = None,
    ) -> None:
        self._database = Database(path, "event_log", minimum_free_mib)
        self._default_partitions = partitions
        self._clock = clock or SystemClock()
        self._partitions: dict[str, int] = {}
        self._appended = AppendSignal(path.with_name(f"{path.name}-readers"))
        self._lives = lives or {}
        self._retention = LogRetention(self._database, self._lives, self.partition_count)
        self._appended_bytes: Counter[str] = Counter()
        self._writer = GroupCommit(self._write)

    def publish(self, topic: str, messages: Sequence[Message]) -> Future[None]:
        """Append the messages; cancelling the future before its turn withdraws them."""
        publish = Publish(topic, messages)
        self._writer.submit(publish)
        return publish.done

    def consumer(
        self, group: str, topics: Sequence[str], partitions: Sequence[int] | None = None
    ) -> SqliteEventConsumer:
        """Members do not divide partitions: whoever starts several gives each its own."""
        assigned = [
            TopicPartition(topic, partition)
            for topic in topics
            for partition in self._wanted_partitions(topic, partitions)
        ]
        return SqliteEventConsumer(self._database, self._appended.waiter(), group, assigned)

    def prune(self, now: datetime) -> int:
        """Remove what has lived long enough; return the number of records."""
        return self._retention.prune(now)

    def erase(self, session_ids: Sequence[SessionId]) -> ErasedRecords:
        """Delete the records; the newest of a partition, from which others count, is emptied."""
        # No index has the keys: one look at all records, which keeps no writer.
        found = self._database.read_wanted(_FIND, list(session_ids))
        if not found:
            return ErasedRecords(0)
        last = set(self._database.read(_LAST_OF_ALL))
        newest = [place for *place, _ in found if tuple(place) in last]
        emptied = self._database.erase(_EMPTY_LAST, map(tuple, newest))
        return ErasedRecords(emptied + self._database.erase(_ERASE, found))

    def compact(self) -> int:
        return self._database.compact()

    def close(self) -> None:
        self._writer.close()
        self._database.close()

    def _write(self, publishes: Sequence[Publish]) -> None:
        for publish in publishes:
            self.partition_count(publish.topic)
        with self._database.transaction() as connection:
            connection.executemany(_APPEND, self._rows(connection, publishes))
            if not all(publish.messages for publish in publishes):
                connection.execute(_PROBE, (time.time_ns() // _NANOSECONDS_PER_MILLISECOND,))
        self._appended.raise_()
        for topic in {publish.topic for publish in publishes}:
            self._keep_to_quota(topic, publishes)

    def _keep_to_quota(self, topic: str, publishes: Sequence[Publish]) -> None:
        life = self._lives.get(topic)
        if life is None or life.most_bytes is None:
            return
        self._appended_bytes[topic] += sum(
            len(message.value) + len(message.key) + len(str(message.headers)) + RECORD_BYTES
            for publish in publishes
            if publish.topic == topic
            for message in publish.messages
        )
        if self._appended_bytes[topic] > life.most_bytes // _QUOTA_LOOKS:
            self._retention.prune_to_quota(topic)
            self._appended_bytes[topic] = 0

    def _rows(self, connection: sqlite3.Connection, publishes: Sequence[Publish]) -> list[Row]:
        """Return the records' rows; offsets are safe to give, since we hold the write lock."""
        appended_at_ms = to_microseconds(self._clock.now()) // _MICROSECONDS_PER_MILLISECOND
        next_offsets: dict[tuple[str, int], int] = {}
        rows: list[Row] = []
        for publish in publishes:
            partitions = self._partitions[publish.topic]
            for message in publish.messages:
                place = (
                    publish.topic,
                    crc32((message.placed_by or message.key).encode()) % partitions,
                )
                offset = next_offsets.get(place)
                if offset is None:
                    [offset] = connection.execute(_NEXT_OFFSET, place).fetchone()
                next_offsets[place] = offset + 1
                headers = msgspec.json.encode(message.headers).decode()
                rows.append((*place, offset, appended_at_ms, message.key, message.value, headers))
        return rows

    def _wanted_partitions(self, topic: str, wanted: Sequence[int] | None) -> Sequence[int]:
        existing = range(self.partition_count(topic))
        return [number for number in (existing if wanted is None else wanted) if number in existing]

    def partition_count(self, topic: str) -> int:
        """Return the number of partitions, which the first to ask has fixed."""
        known = self._partitions.get(topic)
        if known is None:
            if not self._database.read(_PARTITIONS, (topic,)):
                self._database.write_rows(_NAME_TOPIC, [(topic, self._default_partitions)])
            [(known,)] = self._database.read(_PARTITIONS, (topic,))
            self._partitions[topic] = known
        return known
