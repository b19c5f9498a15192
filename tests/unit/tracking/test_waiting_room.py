"""How many events may wait: strangers can make ids up."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from personalization.adapters.sqlite.waiting_events import SqliteWaitingEvents
from personalization.domain.identifiers import SessionId
from personalization.settings.waiting_events import WaitingEventSettings
from personalization.tracking.waiting_room import WaitingRoom
from tests.builders.wire_event import OTHER_SESSION, SESSION, a_waiting_event


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteWaitingEvents]:
    with closing(SqliteWaitingEvents(tmp_path / "waiting.sqlite", 0)) as opened:
        yield opened


class Shop:
    """Sends events to a room whose clock stands."""

    def __init__(self, store: SqliteWaitingEvents, **limits: Any) -> None:
        self.now = 0.0
        self._room = WaitingRoom(store, WaitingEventSettings(**limits), lambda: self.now)

    def send(self, *names: str, session_id: str = SESSION, **fields: Any) -> list[bool]:
        """Return which of the events may wait."""
        events = [a_waiting_event(name, session_id=session_id, **fields) for name in names]
        places = [event.place for event in events]
        faults = self._room.admit(SessionId(session_id), places)
        pairs = zip(events, faults, strict=True)
        self._room.keep([event for event, fault in pairs if fault is None])
        return [fault is None for fault in faults]


def test_a_session_has_its_number_of_events(store: SqliteWaitingEvents) -> None:
    shop = Shop(store, session_events=3)
    assert shop.send("a", "b") == [True, True]
    assert shop.send("c", "d") == [True, False]
    assert shop.send("e", session_id=OTHER_SESSION) == [True]
    assert len(store.places()) == 4


def test_an_event_that_waits_already_may_be_sent_again(store: SqliteWaitingEvents) -> None:
    shop = Shop(store, session_events=1, shop_events=1)
    assert shop.send("a", "a") == [True, True]
    assert shop.send("a", "b") == [True, False]
    assert len(store.places()) == 1


def test_a_session_has_its_number_of_bytes(store: SqliteWaitingEvents) -> None:
    shop = Shop(store, session_kib=1)
    assert shop.send("a", currency="E" * 500) == [True]
    assert shop.send("b", currency="E" * 500) == [False]


def test_all_sessions_together_have_theirs(store: SqliteWaitingEvents) -> None:
    shop = Shop(store, shop_events=2)
    sent = [shop.send("a", session_id=f"{number}") for number in range(3)]
    assert sent == [[True], [True], [False]]
    store.remove(store.places()[:1])
    assert shop.send("b", session_id="4") == [False]
    shop.now += 1.0
    assert shop.send("b", "c", session_id="4") == [True, False]


def test_all_sessions_together_have_their_bytes(store: SqliteWaitingEvents) -> None:
    shop = Shop(store, shop_mib=1, session_kib=900, session_events=9)
    assert shop.send("a", currency="E" * 800_000) == [True]
    assert shop.send("a", currency="E" * 800_000, session_id=OTHER_SESSION) == [False]
