"""A log that cannot forget says nothing once the key of a session is destroyed."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.adapters.sqlite.people.session_keys import SqliteSessionKeys
from personalization.domain.clock import SystemClock
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.ports.event_log import EventConsumer, Message, Record
from personalization.ports.people.session_keys import (
    DestroyedKeys,
    SessionKeyId,
    SessionKeyStore,
    WrappedKey,
)
from personalization.vault.field_cipher import FieldCipher
from personalization.vault.privacy_file import PrivacyFile
from personalization.vault.sealed_consumer import PATIENCE_SECONDS, SealedConsumer
from personalization.vault.sealed_log import AWAY_SECONDS, SealedLog
from personalization.vault.session_keys import KeyCase, count_wrapped_by
from tests.waiting import eventually

TOPIC = "things"
EVERY = range(8)
ANN, BOB = "5f0c3b1e-8f57-4f0e-9a53-0b6f9b1c2d3e", "0b6f9b1c-2d3e-4f0e-9a53-5f0c3b1e8f57"


@dataclass
class FaultyKeys:
    """The store of keys, which a test may take away or hold up."""

    store: SqliteSessionKeys
    is_away: bool = False
    is_broken: bool = False
    goes_on: threading.Event = field(default_factory=threading.Event)
    asked: int = 0

    def __post_init__(self) -> None:
        self.goes_on.set()

    def add(self, keys: Sequence[WrappedKey]) -> None:
        self._answer()
        self.store.add(keys)

    def read_many(self, key_ids: Sequence[SessionKeyId]) -> Mapping[SessionKeyId, bytes]:
        self._answer()
        return self.store.read_many(key_ids)

    def destroy(self, session_ids: Sequence[SessionId]) -> DestroyedKeys:
        self._answer()
        return self.store.destroy(session_ids)

    def pages(self) -> Iterator[Sequence[bytes]]:
        return self.store.pages()

    def _answer(self) -> None:
        self.asked += 1
        self.goes_on.wait(10)
        if self.is_away:
            raise StoreUnavailableError("away")
        if self.is_broken:
            raise RuntimeError("nobody has foreseen it")


@dataclass
class SealedPlace:
    """A sealed log over a file, with the file beneath to look into."""

    folder: Path
    keys: FaultyKeys
    beneath: SqliteEventLog
    seconds: float = 0.0

    def case(self) -> KeyCase:
        clock = SystemClock()
        store: SessionKeyStore = self.keys
        return KeyCase(store, FieldCipher(PrivacyFile(self.folder, clock.now()), clock))

    def log(self) -> SealedLog:
        return SealedLog(self.beneath, self.case, lambda: self.seconds)

    def consumer(self, log: SealedLog) -> SealedConsumer:
        opened = log.consumer("readers", [TOPIC], EVERY)
        opened.seconds = lambda: self.seconds
        return opened

    def raw_records(self) -> list[Record]:
        return read(self.beneath.consumer("raw", [TOPIC], EVERY))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[SealedPlace]:
    with closing(SqliteSessionKeys(tmp_path / "people.sqlite", hours=24)) as store:
        yield SealedPlace(tmp_path, FaultyKeys(store), SqliteEventLog(tmp_path / "log.sqlite"))


@pytest.fixture
def log(place: SealedPlace) -> Iterator[SealedLog]:
    with closing(place.log()) as opened:
        yield opened


def read(consumer: EventConsumer) -> list[Record]:
    records: list[Record] = []
    while found := consumer.poll(100, 0.0):
        records.extend(found)
    consumer.close()
    return records


def values_of(records: Sequence[Record], key: str) -> list[str]:
    return [record.value.decode() for record in records if record.key == key]


def publish(log: SealedLog, key: str, *values: str) -> None:
    headers = (("reason", f"of {key}"),)
    log.publish(TOPIC, [Message(key, value.encode(), headers) for value in values]).result(10)


def test_what_lies_there_names_nobody_and_stays_where_the_plain_message_would_be(
    log: SealedLog, place: SealedPlace
) -> None:
    publish(log, ANN, "a shirt", "a skirt")
    place.beneath.publish(TOPIC, [Message(ANN, b"plain, of a former release")]).result(10)
    stored = place.raw_records()
    assert len({record.topic_partition for record in stored}) == 1
    for record in stored[:2]:
        written = repr((record.key, record.value, record.headers))
        assert not any(text in written for text in (ANN, "shirt", "skirt", "reason"))
    opened = read(place.consumer(log))
    assert values_of(opened, ANN) == ["a shirt", "a skirt", "plain, of a former release"]
    assert opened[0].headers == (("reason", f"of {ANN}"),)


def test_erased_is_whose_key_is_destroyed_and_nobody_else(
    log: SealedLog, place: SealedPlace
) -> None:
    publish(log, ANN, "1")
    publish(log, BOB, "2")
    assert log.erase([SessionId(ANN)]).removed == 1
    publish(log, ANN, "3")
    opened = read(place.consumer(log))
    assert values_of(opened, BOB) == ["2"]
    assert [record.is_erased for record in opened].count(True) == 2
    assert len(opened) == 3


def test_another_process_makes_its_own_key_and_all_are_destroyed(
    log: SealedLog, place: SealedPlace
) -> None:
    with closing(place.log()) as other:
        publish(log, ANN, "1")
        publish(other, ANN, "2")
        assert values_of(read(place.consumer(other)), ANN) == ["1", "2"]
        assert other.erase([SessionId(ANN)]).removed == 2
        assert all(record.is_erased for record in read(place.consumer(other)))


def test_an_event_waits_for_no_store_and_its_record_carries_the_key(
    log: SealedLog, place: SealedPlace
) -> None:
    place.keys.is_away = True
    publish(log, ANN, "1")
    asked = place.keys.asked
    publish(log, BOB, "2")
    assert place.keys.asked == asked, "a store that is away is not asked for each session"
    opened = read(place.consumer(log))
    assert (values_of(opened, ANN), values_of(opened, BOB)) == (["1"], ["2"])
    place.keys.is_away = False
    place.seconds += AWAY_SECONDS + 1
    publish(log, "new", "3")
    destroyed = place.keys.destroy([SessionId(ANN), SessionId(BOB)])
    assert destroyed == DestroyedKeys(2, carried=2), "what cannot be shredded is known"
    publish(log, ANN, "4")
    assert log.erase([SessionId(ANN)]).removed == 1, "it has a key that can be, by now"


def test_an_error_that_nobody_has_foreseen_keeps_no_event_waiting(
    log: SealedLog, place: SealedPlace, caplog: pytest.LogCaptureFixture
) -> None:
    place.keys.is_broken = True
    publish(log, ANN, "1")
    assert "cannot be stored" in caplog.text
    place.keys.is_broken = False
    place.seconds += AWAY_SECONDS + 1
    publish(log, BOB, "2")
    opened = read(place.consumer(log))
    assert (values_of(opened, ANN), values_of(opened, BOB)) == (["1"], ["2"])


def test_a_closed_log_fails_what_is_published_of_anybody(place: SealedPlace) -> None:
    closed = place.log()
    publish(closed, ANN, "1")
    closed.close()
    for key in (ANN, BOB, ""):
        with pytest.raises(StoreUnavailableError):
            closed.publish(TOPIC, [Message(key, b"late")]).result(10)


def test_messages_of_a_session_keep_their_order_while_its_key_is_stored(
    log: SealedLog, place: SealedPlace
) -> None:
    publish(log, BOB, "before")
    place.keys.goes_on.clear()
    first = log.publish(TOPIC, [Message(ANN, b"1"), Message(BOB, b"1")])
    eventually(lambda: place.keys.asked == 2)
    second = log.publish(TOPIC, [Message(BOB, b"2")])
    third = log.publish(TOPIC, [Message(ANN, b"2")])
    assert not any(sent.done() for sent in (first, second, third))
    assert log.publish(TOPIC, [Message("", b"of nobody")]).result(10) is None
    place.keys.goes_on.set()
    for sent in (first, second, third):
        sent.result(10)
    opened = read(place.consumer(log))
    assert values_of(opened, ANN) == ["1", "2"]
    assert values_of(opened, BOB) == ["before", "1", "2"]


def test_a_reader_holds_what_it_cannot_open_yet(log: SealedLog, place: SealedPlace) -> None:
    publish(log, ANN, "1", "2")
    consumer = place.consumer(log)
    place.keys.is_away = True
    for _ in range(2):
        with pytest.raises(StoreUnavailableError):
            consumer.poll(10, 0.0)
    [oldest, _] = place.raw_records()
    assert consumer.read_up_to_ms() < oldest.appended_at_ms
    place.keys.is_away = False
    assert values_of(consumer.poll(10, 0.0), ANN) == ["1", "2"]
    assert consumer.poll(10, 0.0) == []
    consumer.close()


def test_a_key_that_the_store_has_not_seen_is_waited_for_and_then_passed_over(
    log: SealedLog, place: SealedPlace, caplog: pytest.LogCaptureFixture
) -> None:
    publish(log, ANN, "1")
    (place.folder / "people.sqlite").rename(place.folder / "lost.sqlite")
    with closing(SqliteSessionKeys(place.folder / "people.sqlite", hours=24)) as empty:
        place.keys.store = empty
        consumer = place.consumer(log)
        with pytest.raises(StoreUnavailableError, match="not there yet"):
            consumer.poll(10, 0.0)
        place.seconds += PATIENCE_SECONDS
        assert [record.is_erased for record in consumer.poll(10, 0.0)] == [True]
        assert "lost" in caplog.text
        consumer.close()


def test_an_altered_record_is_passed_over(log: SealedLog, place: SealedPlace) -> None:
    publish(log, ANN, "1")
    [record] = place.raw_records()
    place.beneath.publish(TOPIC, [Message("", record.value[:-1] + b"x", (), ANN)]).result(10)
    opened = read(place.consumer(log))
    assert [record.is_erased for record in opened] == [False, True]


def test_a_key_of_privacy_is_needed_as_long_as_it_opens_keys(
    log: SealedLog, place: SealedPlace
) -> None:
    publish(log, ANN, "1")
    [key] = PrivacyFile(place.folder, SystemClock().now()).current().keys
    name = "keys of sessions in the log"
    assert count_wrapped_by(place.keys, key.key_id) == {name: 1}
    log.erase([SessionId(ANN)])
    assert count_wrapped_by(place.keys, key.key_id) == {name: 0}
