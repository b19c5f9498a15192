"""Sealed records in real topics: where they lie, and what a scan finds of them."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from personalization.adapters.kafka.event_log import KafkaEventLog
from personalization.adapters.kafka.places import kafka_places
from personalization.adapters.sqlite.people.session_keys import SqliteSessionKeys
from personalization.domain.clock import SystemClock
from personalization.domain.identifiers import SessionId
from personalization.erasure.scan import StorePlace, markers_of, scan
from personalization.ports.event_log import Message
from personalization.settings.kafka import KafkaSettings
from personalization.vault.field_cipher import FieldCipher
from personalization.vault.privacy_file import PrivacyFile
from personalization.vault.sealed_log import SealedLog
from personalization.vault.session_keys import KeyCase

TOPIC = "things"
NAMES = [str(uuid4()) for _ in range(20)]


@pytest.fixture
def settings(kafka_servers: str) -> KafkaSettings:
    return KafkaSettings(servers=kafka_servers, topic_prefix=f"{uuid4().hex}.")


@pytest.fixture
def new_case(tmp_path: Path) -> Iterator[Callable[[], KeyCase]]:
    """Return what a process opens that has read no key yet."""
    clock = SystemClock()
    cipher = FieldCipher(PrivacyFile(tmp_path, clock.now()), clock)
    with closing(SqliteSessionKeys(tmp_path / "people.sqlite", hours=24)) as store:
        yield lambda: KeyCase(store, cipher)


def found_in(settings: KafkaSettings, case: KeyCase, name: str) -> dict[str, int]:
    places = (StorePlace(place, read) for place, read in kafka_places(settings, case.read))
    return {place.name: place.found for place in scan(places, (), markers_of([SessionId(name)]))}


def test_a_sealed_record_lies_where_the_plain_one_does_and_is_found_until_it_is_erased(
    settings: KafkaSettings, new_case: Callable[[], KeyCase]
) -> None:
    plain = KafkaEventLog(settings)
    with closing(SealedLog(plain, new_case)) as sealed:
        for log in (plain, sealed):
            log.publish(TOPIC, [Message(name, name.encode()) for name in NAMES]).result(10)
        places: dict[str, set[int]] = {name: set() for name in NAMES}
        read = 0
        with closing(sealed.consumer("all", [TOPIC], range(8))) as consumer:
            while read < 2 * len(NAMES):
                for record in consumer.poll(100, 1.0):
                    places[record.key].add(record.topic_partition.partition)
                    read += 1
        assert {len(partitions) for partitions in places.values()} == {1}
        assert len(set().union(*places.values())) > 1

        only_sealed = str(uuid4())
        sealed.publish(TOPIC, [Message(only_sealed, only_sealed.encode())]).result(10)
        assert found_in(settings, new_case(), only_sealed)[f"topic/{TOPIC}"] > 0
        sealed.erase([SessionId(only_sealed)])
        assert found_in(settings, new_case(), only_sealed)[f"topic/{TOPIC}"] == 0
