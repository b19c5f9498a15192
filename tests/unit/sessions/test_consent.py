"""What a session knows of its shopper's consent, and of orders that only a page speaks of."""

from datetime import timedelta

from personalization.domain.consent import Consent, ConsentPurpose
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId
from personalization.domain.session import Session
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product

LEARN: Consent = (ConsentPurpose.LEARN,)
PRODUCTS = {a_product().product_id: a_product()}


def at(minute: int, **fields: object) -> Event:
    moment = NOON + timedelta(minutes=minute)
    return an_event(event_id=EventId(f"event-{minute}"), occurred_at=moment, **fields)


def session_after(*events: Event) -> Session:
    session = Session.start(events[0])
    for event in events:
        session, _ = take(session, event, PRODUCTS)
    return session


def test_the_newest_event_that_says_something_of_consent_is_believed() -> None:
    assert session_after(at(0), at(1)).consent is None
    assert session_after(at(0, consent=LEARN), at(1)).consent == LEARN
    assert session_after(at(0, consent=LEARN), at(1, consent=())).consent == ()
    assert session_after(at(5, consent=()), at(1, consent=LEARN)).consent == ()
    assert session_after(at(5), at(1, consent=LEARN)).consent == LEARN


def test_an_order_that_no_server_attests_changes_nothing_but_that_it_was_seen() -> None:
    cart = at(0, type=EventType.ADD_TO_CART)
    order = at(1, type=EventType.CHECKOUT, attested=False)
    before, after = session_after(cart), session_after(cart, order)
    assert after.recent == before.recent
    assert after.interaction_count == before.interaction_count
    assert order.event_id in after.seen
    bought = session_after(cart, at(1, type=EventType.CHECKOUT, attested=True))
    assert [entry.reward for entry in bought.recent] == [5.0, 3.0]
    back = at(2, type=EventType.REFUND, attested=False)
    assert session_after(cart, at(1, type=EventType.CHECKOUT), back).in_force()[0].reward == 5.0
