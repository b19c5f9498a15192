"""The Kafka-shaped log: topics of partitions, keyed records, consumer groups with offsets."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """What a producer hands in. Messages of one key keep their order."""

    key: str
    value: bytes
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TopicPartition:
    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Record:
    """A message in the log, at its place."""

    topic_partition: TopicPartition
    offset: int
    appended_at_ms: int
    """Epoch milliseconds at which the log took it."""
    key: str
    value: bytes
    headers: tuple[tuple[str, str], ...] = ()


class EventPublisher(Protocol):
    def publish(self, topic: str, messages: Sequence[Message]) -> Future[None]:
        """Append the messages; the future is done once the log holds them durably.

        When it fails with `StoreUnavailableError` or `StoreFullError`, none or some of the messages
        are in the log, and the caller may publish all of them again.

        An empty batch asks whether the topic could be written to now: something of the log's own
        is written durably, always at the same place, and no reader of a topic gets to see it.
        """

    def close(self) -> None: ...


CLOCK_SLACK_MS = 1_000
"""How far the clock of whoever stamps a record may be behind the reader's."""


class EventConsumer(Protocol):
    """The reading side of the log, for one member of a consumer group."""

    def poll(self, max_records: int, timeout_seconds: float) -> Sequence[Record]:
        """Return the next records, waiting at most the timeout for the first of them.

        Each record is returned once per consumer; a new consumer starts at the committed
        offsets, or at the beginning where the group has none.
        """

    def commit(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        """Store the offsets of the next record to read. Never moves a group backwards."""

    def seek(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        """Read on from these offsets, whatever is committed (for checkpoints)."""

    def read_up_to_ms(self) -> int:
        """Return an epoch millisecond such that poll has returned every record appended before it.

        By it a reader of several partitions puts their records into one order that does not depend
        on when they were read. A second of slack is left for clocks that differ.
        """

    def first_offsets(self) -> Mapping[TopicPartition, int]:
        """Return, for each partition that is read, the offset of the oldest record still there."""

    def lag(self) -> int:
        """Return how many records of the topic this group has not committed."""

    def close(self) -> None: ...


class EventLog(EventPublisher, Protocol):
    def consumer(
        self, group: str, topics: Sequence[str], partitions: Sequence[int] | None = None
    ) -> EventConsumer:
        """Join a group, or read the given partitions of each topic as the group's only reader."""

    def partition_count(self, topic: str) -> int:
        """Return how many partitions the topic has; makes the topic where it is missing."""
