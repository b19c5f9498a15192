"""What a group has committed is asked for until its coordinator has been found."""

from collections.abc import Sequence

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka import TopicPartition as Place

from personalization.adapters.kafka import offsets
from personalization.adapters.kafka.offsets import TopicNames, committed_offsets
from personalization.domain.errors import StoreUnavailableError
from personalization.ports.event_log import TopicPartition

PLACES = [TopicPartition("events", 0), TopicPartition("events", 1)]


class StartingBroker:
    """Answers as the driver does while a broker starts: errors first, then offsets."""

    def __init__(self, *errors: int) -> None:
        self._errors = list(errors)

    def committed(self, places: Sequence[Place], timeout: float) -> list[Place]:
        assert timeout > 0
        if self._errors:
            raise KafkaException(KafkaError(self._errors.pop(0)))
        return [
            Place(partition.topic, partition.partition, 7 * partition.partition)
            for partition in places
        ]


def test_a_coordinator_that_is_not_known_yet_is_asked_again() -> None:
    broker = StartingBroker(
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
    )

    found = committed_offsets(broker, TopicNames("shop."), PLACES)  # type: ignore[arg-type]

    assert found == {PLACES[0]: 0, PLACES[1]: 7}


def test_what_does_not_pass_by_itself_is_told_at_once() -> None:
    broker = StartingBroker(KafkaError._TRANSPORT, KafkaError._TRANSPORT)  # noqa: SLF001

    with pytest.raises(StoreUnavailableError):
        committed_offsets(broker, TopicNames(""), PLACES)  # type: ignore[arg-type]

    assert len(broker._errors) == 1  # noqa: SLF001


def test_a_coordinator_that_is_never_found_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offsets, "ANSWER_SECONDS", 0.2)
    broker = StartingBroker(*[KafkaError.NOT_COORDINATOR] * 1_000)

    with pytest.raises(StoreUnavailableError, match="kafka"):
        committed_offsets(broker, TopicNames(""), PLACES)  # type: ignore[arg-type]
