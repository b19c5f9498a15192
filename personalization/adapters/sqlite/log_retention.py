from collections.abc import Callable, Mapping
from datetime import datetime

from personalization.adapters.sqlite.database import Database
from personalization.codec.moments import to_microseconds
from personalization.ports.retention import TopicLife

RECORDS_PER_TRANSACTION = 1_000
"""Publishers wait for one transaction at most: some milliseconds."""
RECORD_BYTES = 40
"""What a record takes beside its key, value and headers: place, moment, page overhead."""
_HOUR_MS = 3_600_000
_MICROSECONDS_PER_MILLISECOND = 1_000

_LAST = """
SELECT coalesce(max("offset"), -1) FROM records WHERE topic = ? AND "partition" = ?
"""
# Records lie in the order in which the log took them, but a clock may have been set back: a record
# goes only when all before it may go.
_FIRST_TO_STAY = """
SELECT min("offset") FROM records
WHERE topic = ? AND "partition" = ? AND appended_at_ms >= ?
"""
_READ_BY = """
SELECT consumer_group, next_offset FROM group_offsets WHERE topic = ? AND "partition" = ?
"""
_BEYOND_QUOTA = """
SELECT max("offset") FROM (
    SELECT "offset", sum(length(value) + length(CAST(headers AS BLOB)) + length(key) + ?)
        OVER (ORDER BY "offset" DESC) AS size
    FROM records WHERE topic = ? AND "partition" = ?
) WHERE size > ?
"""
_DELETE = """
DELETE FROM records WHERE (topic, "partition", "offset") IN (
    SELECT topic, "partition", "offset" FROM records
    WHERE topic = ? AND "partition" = ? AND "offset" < ? ORDER BY "offset" LIMIT ?
)
"""


class LogRetention:
    """Removes records of the embedded log whose life is over.

    The newest record of a partition always stays: the next offset is counted from it.
    """

    def __init__(
        self,
        database: Database,
        lives: Mapping[str, TopicLife],
        partitions: Callable[[str], int],
    ) -> None:
        self._database = database
        self._lives = lives
        self._partitions = partitions

    def prune(self, now: datetime) -> int:
        """Return how many records were removed."""
        now_ms = to_microseconds(now) // _MICROSECONDS_PER_MILLISECOND
        return sum(
            self._delete(topic, partition, self._end_of_old(topic, partition, now_ms))
            + self._prune_to_quota(topic, partition)
            for topic in self._lives
            for partition in range(self._partitions(topic))
        )

    def prune_to_quota(self, topic: str) -> int:
        return sum(
            self._prune_to_quota(topic, partition) for partition in range(self._partitions(topic))
        )

    def _end_of_old(self, topic: str, partition: int, now_ms: int) -> int:
        """Return the offset up to which records have lived long enough."""
        life = self._lives[topic]
        over = self._older_than(topic, partition, now_ms - life.hours * _HOUR_MS)
        if not life.readers:
            return over
        committed: dict[str, int] = dict(self._database.read(_READ_BY, (topic, partition)))
        read_by_all = min(committed.get(reader, 0) for reader in life.readers)
        # What nobody reads any more must not fill the disk either.
        far_over = self._older_than(topic, partition, now_ms - life.unread_hours * _HOUR_MS)
        return max(min(over, read_by_all), far_over)

    def _older_than(self, topic: str, partition: int, before_ms: float) -> int:
        place = (topic, partition)
        [(first,)] = self._database.read(_FIRST_TO_STAY, (*place, before_ms))
        return int(first) if first is not None else self._last(*place)

    def _prune_to_quota(self, topic: str, partition: int) -> int:
        most_bytes = self._lives[topic].most_bytes
        if most_bytes is None:
            return 0
        quota = most_bytes // self._partitions(topic)
        [(beyond,)] = self._database.read(_BEYOND_QUOTA, (RECORD_BYTES, topic, partition, quota))
        return 0 if beyond is None else self._delete(topic, partition, int(beyond) + 1)

    def _delete(self, topic: str, partition: int, end: int) -> int:
        end = min(end, self._last(topic, partition))
        removed = 0
        while True:
            with self._database.transaction(frees_space=True) as connection:
                row = (topic, partition, end, RECORDS_PER_TRANSACTION)
                count = connection.execute(_DELETE, row).rowcount
            removed += count
            if count < RECORDS_PER_TRANSACTION:
                return removed

    def _last(self, topic: str, partition: int) -> int:
        [(last,)] = self._database.read(_LAST, (topic, partition))
        return int(last)
