"""The event log in Kafka."""

from collections.abc import Sequence
from concurrent.futures import Future

from personalization.adapters.kafka.consumer import KafkaEventConsumer
from personalization.adapters.kafka.publisher import KafkaPublisher
from personalization.adapters.kafka.topics import Topics
from personalization.ports.event_log import Message
from personalization.settings.kafka import KafkaSettings


class KafkaEventLog:
    """The `EventLog` of the real stack; connects when first used, and again by itself."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._topics = Topics(settings)
        self._publisher = KafkaPublisher(settings, self._topics)

    def publish(self, topic: str, messages: Sequence[Message]) -> Future[None]:
        """Append the messages; the future is done once the brokers hold them durably."""
        return self._publisher.publish(self._settings.topic_prefix + topic, messages)

    def consumer(
        self, group: str, topics: Sequence[str], partitions: Sequence[int] | None = None
    ) -> KafkaEventConsumer:
        """Join a group that divides the partitions among its members.

        With `partitions` no group is joined: these are read, whoever else may read them, from
        the offsets that the group has committed.
        """
        return KafkaEventConsumer(self._settings, self._topics, group, topics, partitions)

    def partition_count(self, topic: str) -> int:
        return self._topics.partitions(self._settings.topic_prefix + topic)

    def close(self) -> None:
        """Flush what was handed in; close consumers first."""
        self._publisher.close()
