"""The Kafka-shaped log: topics of partitions, keyed records, consumer groups with offsets."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from personalization.domain.identifiers import SessionId


@dataclass(frozen=True, slots=True)
class Message:
    """What a producer hands in. Messages of one key keep their order."""

    key: str
    value: bytes
    headers: tuple[tuple[str, str], ...] = ()
    placed_by: str = ""
    """The key whose partition it goes to, for a message that does not show its own."""


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

    @property
    def is_erased(self) -> bool:
        """Whether nothing is left of it but its place."""
        return not self.value and not self.key

    def empty(self) -> "Record":
        """Return a record of which nothing is left but its place."""
        return replace(self, key="", value=b"", headers=())


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


@dataclass(slots=True)
class PassingConsumer:
    """Passes all calls on; who derives from it changes what `poll` returns."""

    consumer: EventConsumer

    def poll(self, max_records: int, timeout_seconds: float) -> Sequence[Record]:
        return self.consumer.poll(max_records, timeout_seconds)

    def commit(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        self.consumer.commit(next_offsets)

    def seek(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        self.consumer.seek(next_offsets)

    def read_up_to_ms(self) -> int:
        return self.consumer.read_up_to_ms()

    def first_offsets(self) -> Mapping[TopicPartition, int]:
        return self.consumer.first_offsets()

    def lag(self) -> int:
        return self.consumer.lag()

    def close(self) -> None:
        self.consumer.close()


@dataclass(frozen=True, slots=True)
class ErasedRecords:
    removed: int
    kept_until: datetime | None = None
    """When the last of those will be gone that the log cannot forget; None where there are none."""


class EventLog(EventPublisher, Protocol):
    def erase(self, session_ids: Sequence[SessionId]) -> ErasedRecords:
        """Delete the records of sessions, in every topic, as far as the log can forget.

        In the place of one there may be a record without key and value, which says nothing.
        """

    def consumer(
        self, group: str, topics: Sequence[str], partitions: Sequence[int] | None = None
    ) -> EventConsumer:
        """Join a group, or read the given partitions of each topic as the group's only reader."""

    def partition_count(self, topic: str) -> int:
        """Return how many partitions the topic has; makes the topic where it is missing."""
