"""A state counted again from the history is the state that live counting made."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from personalization.domain.errors import InvalidEventError
from personalization.domain.event import Device, Event, EventType, PastAct
from personalization.domain.identifiers import (
    CategoryId,
    EventId,
    ProductId,
    Region,
    SessionId,
    UserId,
)
from personalization.domain.session import RECENT_LIMIT, SESSION_LIFE, Counted, Session
from personalization.sessions.counting import products_in, take
from personalization.sessions.recount import as_rebuilt, recount
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product

PRODUCTS = {
    ProductId(product): a_product(product_id=ProductId(product), category_id=CategoryId(category))
    for product, category in (("shirt-1", "shirts"), ("shirt-2", "shirts"), ("skirt-1", "skirts"))
}

PAUSES = (
    timedelta(microseconds=1),
    timedelta(seconds=20),
    timedelta(minutes=40),
    SESSION_LIFE + timedelta(seconds=1),
)


def live(events: Sequence[Event], as_of: datetime) -> Session | None:
    """Count as the scorer does, with a store that forgets a session after its life."""
    session: Session | None = None
    written_at = as_of
    for event in events:
        if event.received_at - written_at > SESSION_LIFE:
            session = None
        try:
            after, judged = take(session or Session.start(event), event, PRODUCTS)
        except InvalidEventError:
            continue
        if judged is Counted.COUNTED:
            session, written_at = after, event.received_at
    return None if as_of - written_at > SESSION_LIFE else session


def history_of(events: Sequence[Event]) -> list[Event]:
    """Return what the history has of them: each id once, by the time events happened."""
    first: dict[EventId, Event] = {}
    for event in events:
        first.setdefault(event.event_id, event)
    return sorted(first.values(), key=lambda event: (event.occurred_at, event.event_id))


NAMES = ("shirt-1", "shirt-2", "skirt-1", "gone")
PAST = st.lists(
    st.builds(
        PastAct,
        product_id=st.sampled_from([*map(ProductId, NAMES)]),
        type=st.sampled_from((EventType.PRODUCT_VIEW, EventType.ADD_TO_CART)),
        occurred_at=st.sampled_from([NOON - timedelta(days=day) for day in range(1, 4)]),
        reward=st.sampled_from((1.0, 3.0)),
    ),
    max_size=3,
).map(tuple)


@st.composite
def visits(draw: st.DrawFn) -> list[Event]:
    """Draw a session's events in the order of the log: late, too late, repeated, invalid ones."""
    events: list[Event] = []
    moment, begun = NOON, 0
    for number in range(draw(st.integers(1, 30))):
        moment += draw(st.sampled_from(PAUSES))
        if events and moment - events[-1].received_at > SESSION_LIFE:
            begun = number  # A repetition from the life before is refused as too old by the API.
        if events[begun:] and draw(st.integers(0, 4)) == 0:
            again = draw(st.sampled_from(events[begun:]))
            events.append(replace(again, received_at=moment))
            continue
        kind = draw(st.sampled_from(EventType))
        late = draw(st.sampled_from((0, 0, 0, 1, 59, 61, 300)))
        products = draw(st.lists(st.sampled_from(NAMES)))
        events.append(
            an_event(
                event_id=EventId(f"event-{number}"),
                type=kind,
                occurred_at=moment - timedelta(minutes=late),
                received_at=moment,
                product_ids=tuple(map(ProductId, products)),
                region=draw(st.sampled_from((None, Region("pl"), Region("cz")))),
                device=draw(st.sampled_from(Device)),
                user_id=draw(st.sampled_from((None, UserId("ann"), UserId("bob")))),
                thumb=draw(st.sampled_from((None, 1, -1))),
                past=draw(PAST) if kind is EventType.LOGIN else (),
            )
        )
    return events


@settings(max_examples=200, deadline=None)
@given(visits())
def test_the_history_gives_back_what_live_counting_made(events: list[Event]) -> None:
    as_of = events[-1].received_at

    assert recount(history_of(events), PRODUCTS, as_of) == live(events, as_of)


@settings(max_examples=50, deadline=None)
@given(visits(), visits())
def test_counting_goes_on_from_a_recount_as_if_nothing_had_happened(
    before: list[Event], after: list[Event]
) -> None:
    shift = before[-1].received_at - NOON
    later = [
        replace(
            event,
            event_id=EventId(f"later-{event.event_id}"),
            occurred_at=event.occurred_at + shift,
            received_at=event.received_at + shift,
        )
        for event in after
    ]
    as_of = later[-1].received_at

    assert recount(history_of([*before, *later]), PRODUCTS, as_of) == live([*before, *later], as_of)


def test_more_events_than_a_session_remembers_leave_the_same_state() -> None:
    events = [
        an_event(
            event_id=EventId(f"event-{number}"),
            occurred_at=NOON + timedelta(seconds=number),
            received_at=NOON + timedelta(seconds=number),
        )
        for number in range(2 * RECENT_LIMIT)
    ]
    as_of = events[-1].received_at

    session = recount(history_of(events), PRODUCTS, as_of)

    assert session == live(events, as_of)
    assert session is not None
    assert session.interaction_count == 2 * RECENT_LIMIT
    assert as_rebuilt(session, 7) == replace(
        session, revision=7, profile_version=7, rebuilt=2 * RECENT_LIMIT
    )


def test_a_session_that_is_over_is_not_counted_again() -> None:
    over = NOON + SESSION_LIFE + timedelta(seconds=1)

    assert recount([an_event()], PRODUCTS, over) is None
    assert recount([an_event()], PRODUCTS, NOON + SESSION_LIFE) is not None
    assert recount([], PRODUCTS, NOON) is None


def test_events_of_unknown_products_alone_make_no_session() -> None:
    event = an_event(product_ids=(ProductId("gone"),), session_id=SessionId("session-2"))

    assert products_in([event, event]) == ["gone"]
    assert recount([event], PRODUCTS, NOON) is None
