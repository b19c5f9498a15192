"""The contract of the store of events of products that are not known yet."""

from dataclasses import replace
from datetime import timedelta

from personalization.domain.identifiers import SessionId
from personalization.ports.waiting_events import WaitingEventStore
from tests.builders.moments import NOON
from tests.builders.wire_event import OTHER_SESSION, SESSION, a_waiting_event


def test_an_event_comes_back_as_it_was(waiting_events: WaitingEventStore) -> None:
    event = replace(
        a_waiting_event("event-1", "b", 'a"\N{SNOWMAN}', received_at=NOON.replace(microsecond=7)),
        region=None,
        sent_at='"2025-06-01T12:00:00Z"',
        was_checked=False,
    )
    waiting_events.write([event])
    assert waiting_events.places() == [event.place]
    assert waiting_events.read([event.place]) == [event]


def test_places_are_in_the_order_of_receipt_whatever_their_session(
    waiting_events: WaitingEventStore,
) -> None:
    events = [
        a_waiting_event(
            f"event-{9 - number}",
            session_id=(SESSION, OTHER_SESSION)[number % 2],
            received_at=NOON + timedelta(seconds=number),
        )
        for number in range(6)
    ]
    waiting_events.write(list(reversed(events)))
    places = [event.place for event in events]
    assert waiting_events.places() == places
    assert waiting_events.places_of(SessionId(SESSION)) == places[::2]
    assert waiting_events.read(places) == events
    assert waiting_events.places_of(SessionId("nobody")) == []


def test_an_event_that_is_written_again_is_there_once(waiting_events: WaitingEventStore) -> None:
    first, again = a_waiting_event(), a_waiting_event(received_at=NOON + timedelta(seconds=9))
    waiting_events.write([first])
    waiting_events.write([again])
    assert waiting_events.read(waiting_events.places()) == [again]


def test_what_is_removed_is_gone_and_can_be_removed_again(
    waiting_events: WaitingEventStore,
) -> None:
    first, second = a_waiting_event("event-1"), a_waiting_event("event-2")
    waiting_events.write([first, second])
    for _ in range(2):
        waiting_events.remove([first.place])
        assert waiting_events.read([first.place, second.place]) == [second]
    waiting_events.remove([])
    assert waiting_events.places() == [second.place]
