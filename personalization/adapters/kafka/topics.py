import time
from collections.abc import Mapping
from threading import Lock

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined] # public, but not re-exported
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)
from confluent_kafka.cimpl import NewTopic

from personalization.adapters.kafka.connection import shared_options, translated_errors
from personalization.adapters.kafka.offsets import TopicNames, end_offsets
from personalization.domain.errors import StoreUnavailableError
from personalization.ports.event_log import TopicPartition
from personalization.ports.retention import TopicLife
from personalization.settings.kafka import KafkaSettings

ADMIN_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_HOUR_MS = 3_600_000
READINESS = "readiness"
"""Takes what only asks whether the brokers write; it keeps ten to twenty minutes of it."""
_SHORT_LIVED = {"retention.ms": "600000", "segment.ms": "600000"}
_SEGMENTS = 4
_SMALLEST_SEGMENT = 1_048_576
"""Brokers take no smaller one."""
_PRESENT = KafkaError.TOPIC_ALREADY_EXISTS
_UNKNOWN = KafkaError.UNKNOWN_TOPIC_OR_PART


class Topics:
    """Makes missing topics and counts their partitions; safe among threads and processes."""

    def __init__(
        self, settings: KafkaSettings, lives: Mapping[str, TopicLife] | None = None
    ) -> None:
        self._settings = settings
        self._lives = {settings.topic_prefix + topic: life for topic, life in (lives or {}).items()}
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
                **self._life(topic, settings.partitions),
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

    def set_life(self, topic: str) -> None:
        """Give a topic that exists already the life that a new one would get."""
        wanted = self._life(topic, self.partitions(topic))
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
            for name, value in wanted.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
        [future] = self._admin.incremental_alter_configs([resource]).values()
        with translated_errors():
            try:
                future.result(ADMIN_SECONDS)
            except TimeoutError as error:
                raise StoreUnavailableError(f"kafka: {topic} was not changed in time") from error

    def _life(self, topic: str, partitions: int) -> dict[str, str]:
        life = self._lives.get(topic, TopicLife(self._settings.retention_hours))
        config = {"retention.ms": str(int(life.hours * _HOUR_MS))}
        if life.most_bytes is None:
            return config
        most_bytes = life.most_bytes // partitions
        # The broker removes whole segments, so that one has to be a small part of the whole.
        segment_bytes = max(_SMALLEST_SEGMENT, most_bytes // _SEGMENTS)
        return config | {"retention.bytes": str(most_bytes), "segment.bytes": str(segment_bytes)}

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
