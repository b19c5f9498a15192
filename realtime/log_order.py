"""One order of the records of several partitions that does not depend on when they were read.

What a learner makes of the log must depend on the log alone: then an uninterrupted run and one
that was killed a hundred times end in the same bytes. Within a partition the offset is the order;
across partitions it is the moment at which the log took the record, then the partition.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from personalization.ports.event_log import Record, TopicPartition


@dataclass(order=True, slots=True)
class OrderedRecord:
    """A record with its moment: never before that of an earlier record of its partition."""

    at_ms: int
    topic: str
    partition: int
    offset: int
    record: Record = field(compare=False)


class LogOrder:
    """Holds back records until nothing earlier can come."""

    def __init__(self, moments: Mapping[TopicPartition, int] | None = None) -> None:
        """Begin after the moment of the last record that each partition gave out before."""
        self._moments = dict(moments or {})
        self._held: list[OrderedRecord] = []

    def __len__(self) -> int:
        return len(self._held)

    def take(self, records: Sequence[Record]) -> None:
        """Hold records of any partitions, each partition's in order of offset."""
        for record in records:
            place = record.topic_partition
            # A broker's clock may step back; the order within a partition may not.
            at_ms = max(self._moments.get(place, 0), record.appended_at_ms)
            self._moments[place] = at_ms
            at = (at_ms, place.topic, place.partition, record.offset)
            heappush(self._held, OrderedRecord(*at, record))

    def before(self, moment_ms: int) -> Iterator[OrderedRecord]:
        """Give out, in order, the records whose moment is before this one."""
        while self._held and self._held[0].at_ms < moment_ms:
            yield heappop(self._held)
