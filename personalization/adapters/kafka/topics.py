import time
from threading import Lock

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from personalization.adapters.kafka.connection import shared_options, translated_errors
from personalization.adapters.kafka.offsets import TopicNames, end_offsets
from personalization.domain.errors import StoreUnavailableError
from personalization.ports.event_log import TopicPartition
from personalization.settings.kafka import KafkaSettings

ADMIN_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_HOUR_MS = 3_600_000
READINESS = "readiness"
"""Takes what only asks whether the brokers write; it keeps ten to twenty minutes of it."""
_SHORT_LIVED = {"retention.ms": "600000", "segment.ms": "600000"}
_PRESENT = KafkaError.TOPIC_ALREADY_EXISTS
_UNKNOWN = KafkaError.UNKNOWN_TOPIC_OR_PART


class Topics:
    """Makes missing topics and counts their partitions; safe among threads and processes."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._admin = AdminClient(shared_options(settings))
        self._partitions: dict[str, int] = {}
        self._lock = Lock()

    def partitions(self, topic: str) -> int:
        """Return how many partitions the topic has; makes it if it is missing."""
        with self._lock:
            known = self._partitions.get(topic)
            if known is None:
                known = self._partitions[topic] = self._read_count(topic) or self._make(topic)
            return known

    def reachable(self, topic: str, within_seconds: float) -> None:
        """Raise `StoreUnavailableError` unless every partition of the topic has a leader now."""
        with translated_errors():
            described = self._admin.list_topics(topic, timeout=within_seconds).topics[topic]
        if described.error is not None:
            raise StoreUnavailableError(f"kafka: {described.error.str()}")
        partitions = described.partitions.values()
        headless = [partition.id for partition in partitions if partition.leader < 0]
        if headless:
            raise StoreUnavailableError(f"kafka: partitions {headless} of {topic} have no leader")

    def _read_count(self, topic: str) -> int:
        with translated_errors():
            described = self._admin.list_topics(topic, timeout=ADMIN_SECONDS).topics[topic]
        if described.error is not None:
            if described.error.code() == _UNKNOWN:
                return 0
            raise StoreUnavailableError(f"kafka: {described.error.str()}")
        return len(described.partitions)

    def _make(self, topic: str) -> int:
        settings = self._settings
        new = NewTopic(
            topic,
            num_partitions=settings.partitions,
            replication_factor=settings.replication,
            config={
                # The order of learning is that of the brokers' clocks, not of the senders'.
                "message.timestamp.type": "LogAppendTime",
                "min.insync.replicas": str(settings.replication // 2 + 1),
                "retention.ms": str(int(settings.retention_hours * _HOUR_MS)),
                **(_SHORT_LIVED if topic.endswith(READINESS) else {}),
            },
        )
        [future] = self._admin.create_topics([new], operation_timeout=ADMIN_SECONDS).values()
        with translated_errors():
            try:
                future.result(ADMIN_SECONDS + 1)
            except TimeoutError as error:
                raise StoreUnavailableError(f"kafka: topic {topic} was not made in time") from error
            except KafkaException as error:
                # Another process was quicker: its number of partitions counts.
                if error.args[0].code() != _PRESENT:
                    raise
        count = self._read_count(topic) or settings.partitions
        self._wait_for_leaders([TopicPartition(topic, number) for number in range(count)])
        return count

    def _wait_for_leaders(self, places: list[TopicPartition]) -> None:
        """Return once every partition has one that answers: a new partition has none at first."""
        deadline = time.monotonic() + ADMIN_SECONDS
        while True:
            try:
                end_offsets(self._admin, TopicNames(""), places)
            except StoreUnavailableError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_LOOK_SECONDS)
            else:
                return
