"""The contract of the event history: each event once, by session and by day."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone

from personalization.codec.history_columns import columns_of
from personalization.codec.moments import to_microseconds
from personalization.codec.plain_events import events_of
from personalization.domain.consent import ConsentPurpose
from personalization.domain.event import Device, Event, EventType, PastAct
from personalization.domain.identifiers import (
    BundleId,
    DecisionId,
    EventId,
    OrderId,
    ProductId,
    SessionId,
    UserId,
)
from personalization.ports.event_history import EventHistory
from personalization.ports.history_columns import HistoryColumns
from personalization.ports.plain_events import PlainEvents
from tests.builders.event import an_event
from tests.builders.moments import NOON

SESSION = SessionId("session-1")


def of_day(history: EventHistory, day: date) -> list[Event]:
    return [event for chunk in history.read_day(day) for event in chunk]


def columns_of_day(history: EventHistory, day: date) -> list[HistoryColumns]:
    return list(history.read_day_columns(day))


def kinds_of_events() -> list[Event]:
    """Return an event with each field that there is, all of one session and moment."""
    return [
        an_event(),
        an_event(
            event_id=EventId("event-2"),
            type=EventType.IMPRESSION,
            product_ids=(ProductId("a"), ProductId("b")),
            slots=(0, 1),
            decision_id=DecisionId("decision-1"),
            user_id=UserId("user-1"),
            region=None,
            category_id=None,
            device=Device.UNKNOWN,
        ),
        an_event(event_id=EventId("event-3"), type=EventType.FEEDBACK, thumb=-1, rating=3.5),
        an_event(
            event_id=EventId("event-4"), type=EventType.CHECKOUT, bundle_id=BundleId("bundle-1")
        ),
        an_event(
            event_id=EventId("event-5"),
            type=EventType.REFUND,
            product_ids=(ProductId("a"), ProductId("b")),
            quantities=(2, 100_000),
            unit_price_micros=(2_950_000, 10**15),
            currency="EUR",
            order_id=OrderId("order-1"),
            slots=(3,),
        ),
        an_event(event_id=EventId("event-6"), type=EventType.DWELL, duration_ms=60_000),
        an_event(event_id=EventId("event-7"), consent=()),
        an_event(
            event_id=EventId("event-8"),
            type=EventType.CHECKOUT,
            attested=False,
            consent=(ConsentPurpose.MEASURE, ConsentPurpose.SHARE),
        ),
        an_event(event_id=EventId("event-9"), type=EventType.REFUND, attested=True),
        an_event(
            event_id=EventId("login.1"),
            type=EventType.LOGIN,
            product_ids=(),
            category_id=None,
            user_id=UserId("user-1"),
            past=(
                PastAct(ProductId("a"), EventType.CHECKOUT, NOON - timedelta(microseconds=7), 5.0),
                PastAct(ProductId("b"), EventType.FEEDBACK, NOON - timedelta(days=9), -1.3),
            ),
        ),
    ]


def test_an_event_comes_back_as_it_was(event_history: EventHistory) -> None:
    events = kinds_of_events()
    event_history.append(events)
    assert list(event_history.read_many([SESSION])[SESSION]) == events


def test_an_event_appended_again_is_left_as_it_is(event_history: EventHistory) -> None:
    event_history.append([an_event(), an_event()])
    event_history.append([an_event(product_ids=(ProductId("other"),))])
    assert list(event_history.read_many([SESSION])[SESSION]) == [an_event()]
    assert event_history.days() == {NOON.date(): 1}


def test_the_same_event_id_in_two_sessions_is_two_events(event_history: EventHistory) -> None:
    other = an_event(session_id=SessionId("session-2"))
    event_history.append([an_event(), other])
    assert event_history.read_many([SESSION, other.session_id]) == {
        SESSION: [an_event()],
        other.session_id: [other],
    }


def test_a_session_is_read_oldest_first_however_it_was_appended(
    event_history: EventHistory,
) -> None:
    events = [
        an_event(event_id=EventId(f"event-{n}"), occurred_at=NOON - timedelta(microseconds=n))
        for n in range(5)
    ]
    event_history.append(events)
    assert list(event_history.read_many([SESSION])[SESSION]) == events[::-1]


def test_an_unknown_session_is_absent(event_history: EventHistory) -> None:
    event_history.append([an_event()])
    assert event_history.read_many([SessionId("nobody")]) == {}
    assert event_history.read_many([]) == {}


def test_a_session_is_there_once_it_has_an_event(event_history: EventHistory) -> None:
    assert not event_history.has_session(SESSION)
    event_history.append([an_event(), an_event(event_id=EventId("event-2"))])
    assert event_history.has_session(SESSION)
    assert not event_history.has_session(SessionId("session-2"))


def test_an_empty_history_has_no_days(event_history: EventHistory) -> None:
    event_history.append([])
    assert event_history.days() == {}
    assert of_day(event_history, NOON.date()) == []


def test_days_are_those_of_utc_ascending_with_their_number_of_events(
    event_history: EventHistory,
) -> None:
    warsaw = timezone(timedelta(hours=2))
    moments = [
        datetime(2025, 6, 3, 1, 59, tzinfo=warsaw),
        datetime(2025, 6, 3, 2, 0, tzinfo=warsaw),
        datetime(2025, 6, 3, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2025, 5, 31, tzinfo=UTC),
    ]
    event_history.append(
        [an_event(event_id=EventId(str(n)), occurred_at=at) for n, at in enumerate(moments)]
    )
    assert list(event_history.days().items()) == [
        (date(2025, 5, 31), 1),
        (date(2025, 6, 2), 1),
        (date(2025, 6, 3), 2),
    ]
    assert [event.event_id for event in of_day(event_history, date(2025, 6, 3))] == ["1", "2"]


def test_a_day_of_many_events_is_read_whole_by_time_then_event_id(
    event_history: EventHistory,
) -> None:
    # Many share a moment, and some an event id, so that a page can end among equals.
    events = [
        an_event(
            event_id=EventId(f"event-{n // 2:05}"),
            session_id=SessionId(f"session-{n % 2}"),
            occurred_at=NOON + timedelta(seconds=n // 5_000),
        )
        for n in range(25_000)
    ]
    event_history.append(events[::-1])
    assert of_day(event_history, NOON.date()) == events


def test_events_may_be_appended_between_two_chunks(event_history: EventHistory) -> None:
    event_history.append(
        [an_event(event_id=EventId(f"event-{n:05}")) for n in range(10_001)],
    )
    chunks = event_history.read_day(NOON.date())
    first = next(chunks)
    event_history.append([an_event(event_id=EventId("event-99999"))])
    read = [event.event_id for chunk in (first, *chunks) for event in chunk]
    # Whether a reader that is under way meets what is new is left open.
    assert read[:10_001] == [f"event-{n:05}" for n in range(10_001)]
    assert read[10_001:] in ([], ["event-99999"])


ANN, BOB = UserId("ann"), UserId("bob")


def visit(number: int, user_id: UserId | None = ANN, days: float = 0, **more: object) -> Event:
    name = SessionId(f"visit-{number}")
    moment = NOON + timedelta(days=days)
    fields = {"session_id": name, "user_id": user_id, "occurred_at": moment, **more}
    return an_event(**fields)


def test_the_visits_of_a_user_are_those_whose_events_name_the_user_newest_first(
    event_history: EventHistory,
) -> None:
    first = [visit(1, days=-1), visit(2, days=-3), visit(3, BOB), visit(4, None)]
    event_history.append([*first, visit(1, event_id=EventId("event-2"), days=-4)])
    for _ in range(2):
        event_history.append(first)
        assert event_history.sessions_of(ANN, 20) == ["visit-1", "visit-2"]
    event_history.append([visit(2, event_id=EventId("event-2"))])
    assert event_history.sessions_of(ANN, 20) == ["visit-2", "visit-1"]
    assert event_history.sessions_of(ANN, 1) == ["visit-2"]
    assert event_history.sessions_of(BOB, 20) == ["visit-3"]
    assert event_history.sessions_of(UserId("nobody"), 20) == []


def test_of_many_visits_the_newest_are_read(event_history: EventHistory) -> None:
    event_history.append([visit(number, days=-number) for number in range(30)])
    assert event_history.sessions_of(ANN, 20) == [f"visit-{number}" for number in range(20)]


def test_a_visit_that_is_taken_away_is_nobodys_and_its_events_stay(
    event_history: EventHistory,
) -> None:
    event_history.append([visit(1), visit(2), visit(2, event_id=EventId("event-2"), days=1)])
    event_history.forget_users([SessionId("visit-2"), SessionId("visit-9")])
    assert event_history.sessions_of(ANN, 20) == ["visit-1"]
    taken = SessionId("visit-2")
    assert len(event_history.read_many([taken])[taken]) == 2


def test_a_days_columns_are_those_of_its_events(event_history: EventHistory) -> None:
    rated = an_event(event_id=EventId("rated"), type=EventType.FEEDBACK, rating=4.3, thumb=-1)
    bundle = an_event(
        event_id=EventId("bundle"),
        type=EventType.CHECKOUT,
        bundle_id=BundleId("a+b"),
        variant_ids=(ProductId('a "S"'), ProductId("b\\M")),
        product_ids=(ProductId("ärmel"), ProductId("b")),
    )
    hovers = an_event(event_id=EventId("hover"), type=EventType.HOVER, duration_ms=700)
    event_history.append([*kinds_of_events(), rated, bundle, hovers])
    day = NOON.date()
    [columns] = columns_of_day(event_history, day)
    assert plain(columns) == plain(columns_of(of_day(event_history, day)))
    assert columns_of_day(event_history, day + timedelta(days=1)) == []


def plain(columns: HistoryColumns) -> dict[str, list[object]]:
    """Return the columns as lists, whatever kinds of sequence a store gives."""
    return {
        field.name: [
            list(value) if isinstance(value, tuple | list) else value
            for value in getattr(columns, field.name)
        ]
        for field in fields(columns)
    }


def test_a_days_version_is_another_one_whenever_its_events_are(event_history: EventHistory) -> None:
    day, next_day = NOON.date(), NOON.date() + timedelta(days=1)
    later = an_event(event_id=EventId("later"), occurred_at=NOON + timedelta(days=1))
    event_history.append([an_event(), later])
    first = event_history.day_versions()
    event_history.append([an_event(), an_event(product_ids=())])
    assert event_history.day_versions() == first
    event_history.append([an_event(event_id=EventId("late"), session_id=SessionId("session-2"))])
    second = event_history.day_versions()
    assert second.get(next_day) == first.get(next_day)
    # A store that cannot tell has none.
    assert second.get(day) != first.get(day) or day not in first


def test_plain_events_are_stored_as_events_would_be(event_history: EventHistory) -> None:
    day_us = 86_400_000_000
    moments = [to_microseconds(NOON) + place * day_us for place in (0, 0, 1, 0)]
    columns = PlainEvents(
        event_ids=["a", "b", "c", "a"],
        session_ids=["s-1", "s-1", "s-2", "s-1"],
        types=["product_view", "category_view", "add_to_cart", "add_to_cart"],
        occurred_us=moments,
        product_ids=['a "S"', None, "ärmel\\", "other"],
        category_ids=["shirts", "shirts", None, None],
        regions=[None, "pl", "de", None],
        user_ids=["ann", None, "ann", None],
    )
    event_history.append_plain(columns)
    event_history.append_plain(columns)
    stored = event_history.read_many([SessionId("s-1"), SessionId("s-2")])
    first, second, third, _ = events_of(columns)
    assert stored == {"s-1": [first, second], "s-2": [third]}
    assert list(event_history.days().values()) == [2, 1]
    assert event_history.sessions_of(UserId("ann"), 9) == ["s-2", "s-1"]
