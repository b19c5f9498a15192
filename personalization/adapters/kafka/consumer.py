import logging
import threading
import time
from collections.abc import Mapping, Sequence

from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, Consumer, KafkaError, KafkaException
from confluent_kafka import Message as Fetched
from confluent_kafka import TopicPartition as Place
from confluent_kafka.admin import AdminClient

from personalization.adapters.kafka.connection import (
    KafkaRefusedError,
    Options,
    domain_error,
    shared_options,
    translated_errors,
)
from personalization.adapters.kafka.offsets import (
    ANSWER_SECONDS,
    TopicNames,
    begin_offsets,
    committed_offsets,
    end_offsets,
)
from personalization.adapters.kafka.topics import Topics
from personalization.ports.event_log import CLOCK_SLACK_MS, Record, TopicPartition
from personalization.settings.kafka import KafkaSettings

_LOG = logging.getLogger(__name__)
SLICE_SECONDS = 0.25
"""How soon a poll that waits notices that the consumer was closed."""
LONGEST_HANDLING_MS = 15 * 60_000
"""A store that is away may hold up a batch for minutes; other members could not go on either."""
_MILLISECONDS = 1000
_HEARTBEATS_PER_SESSION = 3
_OVERTAKEN = {
    KafkaError.UNKNOWN_MEMBER_ID, KafkaError.ILLEGAL_GENERATION, KafkaError._ASSIGNMENT_LOST,
    KafkaError._NO_OFFSET,
}  # fmt: skip
"""The partitions are another member's by now: it repeats what was not committed."""
_PASSING = {
    KafkaError._PARTITION_EOF, KafkaError._MAX_POLL_EXCEEDED, KafkaError._TRANSPORT,
    KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE, KafkaError._TIMED_OUT,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
}  # fmt: skip
"""The driver mends these by itself; `lag` says it if the brokers stay away."""


class KafkaEventConsumer:
    """Used by one thread; others may only close it.

    A rebalance happens inside `poll`, when all that was handed out before has been handled, so
    giving a partition away needs no work. A member that loses a partition in the midst of a
    poll, or was overtaken while it handled a batch, makes effects that its successor makes
    again: effects are idempotent.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        topics: Topics,
        group: str,
        names: Sequence[str],
        partitions: Sequence[int] | None,
    ) -> None:
        self._names = TopicNames(settings.topic_prefix)
        self._in_group = partitions is None
        self._turn = threading.RLock()
        self._closed = False
        self._assigned: set[TopicPartition] = set()
        self._next: dict[TopicPartition, int] = {}
        self._returned_ms: dict[TopicPartition, int] = {}
        self._held_back: dict[TopicPartition, int] = {}
        prefix = settings.topic_prefix
        counts = {name: topics.partitions(prefix + name) for name in names}
        self._admin = AdminClient(shared_options(settings))
        self._consumer = Consumer(_options(settings, prefix + group, in_group=self._in_group))
        if partitions is None:
            self._consumer.subscribe(
                [prefix + name for name in names],
                on_assign=self._on_assign,
                on_revoke=self._on_revoke,
                on_lost=self._on_revoke,
            )
        else:
            self._assigned = {
                TopicPartition(name, partition)
                for name, count in counts.items()
                for partition in partitions
                if partition < count
            }
            self._read_on()

    def poll(self, max_records: int, timeout_seconds: float) -> Sequence[Record]:
        deadline = time.monotonic() + timeout_seconds
        while True:
            with self._turn:
                if self._closed:
                    return []
                if self._held_back:
                    # Before anything is fetched: what was fetched must be returned.
                    self.commit({})
                left = deadline - time.monotonic()
                records = self._fetch(max_records, max(0.0, min(left, SLICE_SECONDS)))
            if records or time.monotonic() >= deadline:
                return records

    def commit(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        """While the group rebalances the offsets wait for the next call."""
        wanted = {**self._held_back, **next_offsets}
        # Held until they are committed, or are another member's.
        self._held_back = {place: at for place, at in wanted.items() if place in self._assigned}
        if not self._held_back:
            return
        known = committed_offsets(self._consumer, self._names, self._held_back)
        places = [
            self._names.place(partition, offset)
            for partition, offset in self._held_back.items()
            if offset > known[partition]
        ]
        try:
            if places:
                self._consumer.commit(offsets=places, asynchronous=False)
        except KafkaException as error:
            code = error.args[0].code()
            if code == KafkaError.REBALANCE_IN_PROGRESS:
                return
            if code not in _OVERTAKEN:
                raise domain_error(error.args[0]) from error
            _LOG.warning("overtaken by another member", extra={"fields": {"code": code}})
        self._held_back = {}

    def seek(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        with self._turn, translated_errors():
            mine = {place: at for place, at in next_offsets.items() if place in self._assigned}
            self._next.update(mine)
            if not self._in_group:
                self._read_on()
                return
            for partition, offset in mine.items():
                self._consumer.seek(self._names.place(partition, offset))

    def read_up_to_ms(self) -> int:
        now_ms = int(time.time() * _MILLISECONDS) - CLOCK_SLACK_MS
        started = committed_offsets(self._consumer, self._names, self._assigned - self._next.keys())
        at = {**started, **self._next}
        ends = end_offsets(self._admin, self._names, self._assigned)
        behind = [partition for partition, end in ends.items() if at[partition] < end]
        if any(partition not in self._returned_ms for partition in behind):
            # What the log has forgotten by now will never be returned.
            begins = begin_offsets(self._admin, self._names, behind)
            behind = [partition for partition in behind if begins[partition] < ends[partition]]
        return min([now_ms, *(self._returned_ms.get(partition, 0) for partition in behind)])

    def first_offsets(self) -> Mapping[TopicPartition, int]:
        return begin_offsets(self._admin, self._names, self._assigned)

    def lag(self) -> int:
        ends = end_offsets(self._admin, self._names, self._assigned)
        if not ends:
            return 0
        known = committed_offsets(self._consumer, self._names, ends)
        return sum(max(0, end - known[partition]) for partition, end in ends.items())

    def close(self) -> None:
        """Leave the group; a member with a lasting name keeps its partitions for a while."""
        with self._turn:
            if not self._closed:
                self._closed = True
                self._consumer.close()

    def _fetch(self, max_records: int, wait_seconds: float) -> list[Record]:
        # `consume` would wait for a full batch: wait for the first, take what is there with it.
        first = self._consumer.poll(wait_seconds)
        if first is None:
            return []
        more = self._consumer.consume(max_records - 1, 0) if max_records > 1 else []
        records: list[Record] = []
        failed: KafkaError | None = None
        for message in (first, *more):
            error = message.error()
            if error is None:
                records.append(self._record(message))
            elif error.code() not in _PASSING:
                failed = error
        for record in records:
            self._next[record.topic_partition] = record.offset + 1
            self._returned_ms[record.topic_partition] = record.appended_at_ms
        if failed is not None and not records:
            raise domain_error(failed)
        return records

    def _record(self, message: Fetched) -> Record:
        kind, appended_at_ms = message.timestamp()
        if kind != TIMESTAMP_LOG_APPEND_TIME:
            # A topic that somebody else has made: the senders' clocks are not the log's order.
            raise KafkaRefusedError(
                f"kafka: topic {message.topic()} needs message.timestamp.type=LogAppendTime"
            )
        topic, partition, offset = message.topic(), message.partition(), message.offset()
        assert topic is not None  # noqa: S101 - of every record that was fetched, for the types
        assert partition is not None  # noqa: S101
        assert offset is not None  # noqa: S101
        return Record(
            topic_partition=self._names.topic_partition(Place(topic, partition)),
            offset=offset,
            appended_at_ms=appended_at_ms,
            key=_text(message.key()),
            value=bytes_of(message.value()),
            headers=tuple((str(header[0]), _text(header[1])) for header in message.headers() or ()),
        )

    def _read_on(self) -> None:
        """Read the given partitions from where we are, or from what the group has committed."""
        missing = self._assigned - self._next.keys()
        if missing:
            self._next.update(committed_offsets(self._consumer, self._names, missing))
        # An offset that the log has forgotten leads to its beginning, by `auto.offset.reset`.
        places = [self._names.place(place, self._next[place]) for place in self._assigned]
        with translated_errors():
            # Without it the driver would look for the leaders only at its next scan, a second on.
            for topic in {partition.topic for partition in places}:
                self._consumer.list_topics(topic, timeout=ANSWER_SECONDS)
            self._consumer.assign(places)

    def _on_assign(self, _: Consumer, places: list[Place]) -> None:
        self._assigned.update(map(self._names.topic_partition, places))

    def _on_revoke(self, _: Consumer, places: list[Place]) -> None:
        for partition in map(self._names.topic_partition, places):
            self._assigned.discard(partition)
            self._next.pop(partition, None)
            self._returned_ms.pop(partition, None)


def _text(value: str | bytes | None) -> str:
    return value if isinstance(value, str) else (value or b"").decode(errors="replace")


def bytes_of(value: str | bytes | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""


def _options(settings: KafkaSettings, group: str, *, in_group: bool) -> Options:
    session_ms = int(settings.session_timeout_seconds * _MILLISECONDS)
    options: Options = {
        **shared_options(settings),
        "group.id": group,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "partition.assignment.strategy": "cooperative-sticky",
        "session.timeout.ms": session_ms,
        "heartbeat.interval.ms": session_ms // _HEARTBEATS_PER_SESSION,
        "max.poll.interval.ms": max(LONGEST_HANDLING_MS, session_ms),
        # After an empty fetch the next one follows at once; the broker waits for data, not we.
        "fetch.wait.max.ms": 100,
        "fetch.queue.backoff.ms": 10,
        "fetch.error.backoff.ms": 100,
    }
    if settings.member is not None and in_group:
        options["group.instance.id"] = f"{settings.member}-{group}"
    return options
