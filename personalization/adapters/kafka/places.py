"""What the brokers have: every topic of the service, whole."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from personalization.adapters.kafka.consumer import bytes_of
from personalization.settings.kafka import KafkaSettings

_SECONDS = 10.0


OpenValue = Callable[[bytes], Iterable[bytes]]
"""Gets a record's value as it lies there, returns what can be read of it by its key."""


def kafka_places(
    settings: KafkaSettings, open_value: OpenValue
) -> Iterator[tuple[str, "partial[Iterator[bytes]]"]]:
    """Yield a name such as `topic/user_interactions`, and what reads all its records."""
    servers: dict[str, Any] = {"bootstrap.servers": settings.servers}
    topics = AdminClient(servers).list_topics(timeout=_SECONDS).topics
    for name, topic in sorted(topics.items()):
        if name.startswith(settings.topic_prefix) and not name.startswith("__"):
            own = name.removeprefix(settings.topic_prefix)
            yield f"topic/{own}", partial(_read, servers, name, list(topic.partitions), open_value)


def _read(
    servers: dict[str, Any], topic: str, partitions: list[int], open_value: OpenValue
) -> Iterator[bytes]:
    consumer = Consumer({**servers, "group.id": "privacy-scan", "enable.auto.commit": False})
    try:
        for partition in partitions:
            first, end = consumer.get_watermark_offsets(
                TopicPartition(topic, partition), timeout=_SECONDS
            )
            consumer.assign([TopicPartition(topic, partition, first)])
            while first < end:
                message = consumer.poll(_SECONDS)
                if message is None:
                    break
                first = (message.offset() or 0) + 1
                for value in (message.key(), message.value(), *_headers(message.headers())):
                    if value:
                        yield value
                yield from open_value(bytes_of(message.value()))
    finally:
        consumer.close()


def _headers(headers: Any) -> Iterator[bytes]:  # noqa: ANN401 - of the driver
    for _, value in headers or ():
        yield value
