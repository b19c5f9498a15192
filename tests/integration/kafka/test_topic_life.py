"""Kafka keeps refused events for a time and up to a size, whenever the topic was made."""

from contextlib import closing
from dataclasses import replace
from uuid import uuid4

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined] # public, but not re-exported
    AdminClient,
    ConfigResource,
    ResourceType,
)

from personalization.adapters.kafka.event_log import KafkaEventLog
from personalization.ports.event_log import Message
from personalization.ports.retention import TopicLife
from personalization.ports.topics import DEAD_LETTER
from personalization.settings.kafka import KafkaSettings

MIB = 2**20
LIFE = TopicLife(48, most_bytes=64 * MIB)
HOUR_MS = 3_600_000


@pytest.fixture
def settings(kafka_servers: str) -> KafkaSettings:
    return KafkaSettings(servers=kafka_servers, topic_prefix=f"{uuid4().hex}.", partitions=4)


def life_of(settings: KafkaSettings) -> tuple[int, int, int]:
    admin = AdminClient({"bootstrap.servers": settings.servers or ""})
    resource = ConfigResource(ResourceType.TOPIC, settings.topic_prefix + DEAD_LETTER)
    [future] = admin.describe_configs([resource]).values()
    config = future.result(10)
    names = ("retention.ms", "retention.bytes", "segment.bytes")
    hours, most_bytes, segment = (int(config[name].value) for name in names)
    return hours // HOUR_MS, most_bytes, segment


def test_a_new_topic_gets_its_life(settings: KafkaSettings) -> None:
    with closing(KafkaEventLog(settings, {DEAD_LETTER: LIFE})) as log:
        log.publish(DEAD_LETTER, [Message("key", b"x")]).result(10)

    assert life_of(settings) == (48, 16 * MIB, 4 * MIB)


def test_a_topic_that_is_there_already_gets_the_life_of_today(settings: KafkaSettings) -> None:
    with closing(KafkaEventLog(settings, {DEAD_LETTER: LIFE})) as log:
        log.publish(DEAD_LETTER, [Message("key", b"x")]).result(10)

    with closing(KafkaEventLog(settings, {DEAD_LETTER: replace(LIFE, hours=2)})) as log:
        log.set_lives()

    assert life_of(settings) == (2, 16 * MIB, 4 * MIB)
