from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

from personalization.adapters.kafka.consumer import KafkaEventConsumer
from personalization.adapters.kafka.publisher import KafkaPublisher
from personalization.adapters.kafka.topics import Topics
from personalization.domain.identifiers import SessionId
from personalization.ports.event_log import ErasedRecords, Message
from personalization.ports.retention import TopicLife
from personalization.ports.topics import DEAD_LETTER
from personalization.settings.kafka import KafkaSettings


class KafkaEventLog:
    """Connects when first used, and again by itself."""

    def __init__(
        self, settings: KafkaSettings, lives: Mapping[str, TopicLife] | None = None
    ) -> None:
        self._settings = settings
        self._lives = lives or {}
        self._topics = Topics(settings, lives)
        self._publisher = KafkaPublisher(settings, self._topics)

    def publish(self, topic: str, messages: Sequence[Message]) -> Future[None]:
        return self._publisher.publish(self._settings.topic_prefix + topic, messages)

    def consumer(
        self, group: str, topics: Sequence[str], partitions: Sequence[int] | None = None
    ) -> KafkaEventConsumer:
        """With `partitions` no group is joined: these are read from the committed offsets."""
        return KafkaEventConsumer(self._settings, self._topics, group, topics, partitions)

    def erase(self, session_ids: Sequence[SessionId]) -> ErasedRecords:
        """Delete nothing: a topic forgets by its age alone."""
        del session_ids
        letters = self._lives.get(DEAD_LETTER)
        hours = max(self._settings.retention_hours, letters.hours if letters else 0.0)
        return ErasedRecords(0, datetime.now(UTC) + timedelta(hours=hours))

    def partition_count(self, topic: str) -> int:
        return self._topics.partitions(self._settings.topic_prefix + topic)

    def set_lives(self) -> None:
        """Give topics that were made with other settings the lives that hold now."""
        for topic in self._lives:
            self._topics.set_life(self._settings.topic_prefix + topic)

    def close(self) -> None:
        """Flush what was handed in; close consumers first."""
        self._publisher.close()
