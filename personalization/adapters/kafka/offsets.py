import time
from collections.abc import Iterable, Mapping

from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka import TopicPartition as Place
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from personalization.adapters.kafka.connection import domain_error, translated_errors
from personalization.domain.errors import StoreUnavailableError
from personalization.ports.event_log import TopicPartition

ANSWER_SECONDS = 3.0
_OUTDATED = {
    KafkaError.FENCED_LEADER_EPOCH, KafkaError.UNKNOWN_LEADER_EPOCH,
    KafkaError.NOT_LEADER_FOR_PARTITION,
}  # fmt: skip
"""After a broker's restart the driver's list of leaders is old, and stays so for minutes."""

_ELECTING = {
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS, KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
}  # fmt: skip
"""A broker that has just started does not know yet where a group's offsets are."""
LOOK_SECONDS = 0.1

OffsetsByPlace = Mapping[TopicPartition, int]


class TopicNames:
    """Topics as the port names them and as the cluster does, under the shop's prefix."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def place(self, partition: TopicPartition, offset: int | None = None) -> Place:
        topic = self._prefix + partition.topic
        at = () if offset is None else (offset,)
        return Place(topic, partition.partition, *at)

    def topic_partition(self, place: Place) -> TopicPartition:
        return TopicPartition(place.topic.removeprefix(self._prefix), place.partition)


def committed_offsets(
    consumer: Consumer, names: TopicNames, places: Iterable[TopicPartition]
) -> OffsetsByPlace:
    """Return the committed offsets, 0 where there are none; waits for the coordinator."""
    wanted = [names.place(partition) for partition in places]
    deadline = time.monotonic() + ANSWER_SECONDS
    with translated_errors():
        while True:
            try:
                found = consumer.committed(wanted, timeout=ANSWER_SECONDS)
                break
            except KafkaException as error:
                if error.args[0].code() not in _ELECTING or time.monotonic() > deadline:
                    raise
            time.sleep(LOOK_SECONDS)
    return {names.topic_partition(partition): max(0, partition.offset) for partition in found}


def end_offsets(
    admin: AdminClient, names: TopicNames, places: Iterable[TopicPartition]
) -> OffsetsByPlace:
    return _ask(admin, names, places, OffsetSpec.latest())  # type: ignore[no-untyped-call]


def begin_offsets(
    admin: AdminClient, names: TopicNames, places: Iterable[TopicPartition]
) -> OffsetsByPlace:
    return _ask(admin, names, places, OffsetSpec.earliest())  # type: ignore[no-untyped-call]


def _ask(
    admin: AdminClient, names: TopicNames, places: Iterable[TopicPartition], spec: OffsetSpec
) -> OffsetsByPlace:
    wanted = dict.fromkeys((names.place(partition) for partition in places), spec)
    if not wanted:
        return {}
    try:
        return _answers(admin, names, wanted)
    except KafkaException as error:
        if error.args[0].code() not in _OUTDATED:
            raise domain_error(error.args[0]) from error
    with translated_errors():
        admin.list_topics(timeout=ANSWER_SECONDS)
        return _answers(admin, names, wanted)


def _answers(
    admin: AdminClient, names: TopicNames, wanted: dict[Place, OffsetSpec]
) -> OffsetsByPlace:
    asked = admin.list_offsets(wanted, request_timeout=ANSWER_SECONDS)
    try:
        return {
            names.topic_partition(place): future.result(ANSWER_SECONDS + 1).offset
            for place, future in asked.items()
        }
    except TimeoutError as error:
        raise StoreUnavailableError("kafka: no answer in time") from error
