"""What a session knows of its shopper's consent, and of orders that only a page speaks of."""

from dataclasses import replace
from datetime import datetime, timedelta

from personalization.domain.consent import (
    NOTHING_STATED,
    UNSAID,
    Consent,
    ConsentPurpose,
    consent_of,
)
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, UserId
from personalization.domain.session import Counted, Session
from personalization.sessions.counting import take
from personalization.sessions.recount import recount
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product

LEARN: Consent = (ConsentPurpose.LEARN, ConsentPurpose.PERSONALIZE)
CHOSEN: Consent = (ConsentPurpose.PERSONALIZE,)
REFUSED: Consent = (ConsentPurpose.MEASURE,)
REFUSED_ALL: Consent = ()
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
    assert session_after(at(0, consent=LEARN), at(1, consent=REFUSED)).consent == REFUSED
    assert session_after(at(5, consent=CHOSEN), at(1, consent=LEARN)).consent == CHOSEN
    assert session_after(at(5), at(1, consent=LEARN)).consent == LEARN


def test_who_refuses_to_be_chosen_for_is_forgotten_and_begins_afresh_when_they_agree() -> None:
    before = session_after(at(0, user_id=UserId("ann")), at(1, type=EventType.ADD_TO_CART))
    assert (before.user_id, len(before.recent)) == ("ann", 2)
    choice = at(2, type=EventType.CONSENT, product_ids=(), consent=REFUSED)
    after, judged = take(before, choice, PRODUCTS)
    assert judged is Counted.COUNTED
    assert (after.user_id, after.recent, after.interaction_count) == (None, (), 0)
    assert set(before.seen) < set(after.seen)
    refused, judged = take(after, at(3, consent=REFUSED), PRODUCTS)
    assert judged is Counted.REFUSED
    assert refused == replace(after, refused_until=at(3).occurred_at)
    late = an_event(event_id=EventId("late"), occurred_at=at(3).occurred_at - timedelta(seconds=1))
    assert take(refused, late, PRODUCTS) == (refused, Counted.REFUSED)
    again, _ = take(refused, at(4, consent=CHOSEN), PRODUCTS)
    assert [entry.event_id for entry in again.recent] == ["event-4"]
    assert take(again, at(0), PRODUCTS)[1] is Counted.DUPLICATE


def test_of_who_refuses_from_the_start_only_that_is_remembered() -> None:
    first = at(1, consent=REFUSED)
    after, judged = take(Session.start(first), first, PRODUCTS)
    assert judged is Counted.REFUSED
    assert after == replace(Session.start(first), refused_until=first.occurred_at)
    assert recount([first], PRODUCTS, first.received_at) == after
    # What was done before and comes after, as from a queue or a wait, is refused as well.
    late = an_event(event_id=EventId("late"), occurred_at=NOON)
    assert take(after, late, PRODUCTS) == (after, Counted.REFUSED)


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


def test_an_older_event_that_comes_late_widens_nothing_that_was_refused_again() -> None:
    heard = NOTHING_STATED.hear(REFUSED, NOON).hear(REFUSED, NOON + timedelta(minutes=2))
    late = heard.hear(consent_of(ConsentPurpose), NOON + timedelta(minutes=1))
    assert late.in_force == REFUSED


def test_what_two_processes_heard_is_the_later_choice_and_what_was_said_since() -> None:
    everything, minute = consent_of(ConsentPurpose), timedelta(minutes=1)
    heard = NOTHING_STATED.hear(everything, NOON)
    chosen = NOTHING_STATED.choose((), NOON + minute)
    assert heard.join(chosen) == chosen.join(heard) == chosen
    since = NOTHING_STATED.hear(REFUSED, NOON + 2 * minute)
    agreed = chosen.choose(everything, NOON + minute)
    assert agreed.join(since).in_force == since.join(agreed).in_force == REFUSED


def test_a_refusal_takes_back_what_came_before_it_also_after_one_that_came_late() -> None:
    def minute(number: int) -> datetime:
        return NOON + timedelta(minutes=number)

    agreed = NOTHING_STATED.hear(CHOSEN, NOON)
    assert agreed.takes_back(minute(1))
    # Said in the first minute, heard in the fifth: what was done from then to now is still there.
    late = agreed.hear(REFUSED_ALL, minute(1)).turn(agreed, minute(5))
    assert late.takes_back(minute(3))
    assert not late.takes_back(minute(1))
    again = late.hear(REFUSED_ALL, minute(6)).turn(late, minute(6))
    assert not again.takes_back(minute(7)), "who refuses each time is told of once"
    assert agreed.join(late).takes_back(minute(3))


def test_what_was_done_before_a_choice_and_comes_after_it_gets_no_more_than_held_then() -> None:
    refused = NOTHING_STATED.choose(REFUSED_ALL, NOON)
    chosen = refused.choose(CHOSEN, NOON + timedelta(minutes=5))
    between, later = NOON + timedelta(minutes=1), NOON + timedelta(minutes=6)
    assert chosen.limit(None, between) == ()
    assert chosen.limit(CHOSEN, between) == ()
    assert chosen.limit(None, later) == CHOSEN
    first = NOTHING_STATED.choose(CHOSEN, NOON)
    assert first.limit(None, NOON - timedelta(minutes=1)) == CHOSEN, "nothing had been said"


ALL: Consent = tuple(ConsentPurpose)
SHARE: Consent = (ConsentPurpose.SHARE,)
MINUTE = timedelta(minutes=1)


def test_a_silent_signal_refuses_its_own_part_until_somebody_agrees_later() -> None:
    spoken = NOTHING_STATED.hear(ALL, NOON).signal(SHARE, NOON + 2 * MINUTE)
    assert spoken.agreement(UNSAID) == UNSAID
    # A narrower word of before the signal counts still, and one that shares gives nothing of it.
    assert spoken.hear(REFUSED, NOON + MINUTE).in_force == REFUSED
    assert spoken.hear(ALL, NOON + MINUTE).in_force == UNSAID
    assert spoken.limit(ALL, NOON + MINUTE) == UNSAID
    assert spoken.hear(ALL, NOON + 3 * MINUTE).in_force == ALL
    assert spoken.choose(ALL, NOON + 3 * MINUTE).in_force == ALL
    # Neither does an older signal that arrives late.
    late = NOTHING_STATED.hear(ALL, NOON).signal(SHARE, NOON - MINUTE)
    assert late.in_force == ALL
    assert late.limit(ALL, NOON - 2 * MINUTE) == UNSAID


def test_where_nobody_has_spoken_a_signal_refuses_what_silence_agrees_to() -> None:
    signalled = NOTHING_STATED.signal(SHARE, NOON)
    assert signalled.in_force is None
    assert signalled.agreement(ALL) == UNSAID
    for joined in (signalled.join(NOTHING_STATED), NOTHING_STATED.join(signalled)):
        assert joined == signalled
    heard = NOTHING_STATED.hear(ALL, NOON - MINUTE)
    for joined in (signalled.join(heard), heard.join(signalled)):
        assert joined.in_force == UNSAID


def test_silence_of_before_the_first_choice_agrees_to_what_silence_did_then() -> None:
    chosen = NOTHING_STATED.choose(ALL, NOON)
    assert chosen.limit(None, NOON - MINUTE) == UNSAID
    assert chosen.limit(None, NOON - MINUTE, unsaid=REFUSED) == REFUSED
    assert chosen.limit(None, NOON) == ALL
    # Its own word was the person's then, and the choice narrows alone.
    assert chosen.limit(ALL, NOON - MINUTE) == ALL
    assert NOTHING_STATED.choose(REFUSED, NOON).limit(None, NOON - MINUTE) == REFUSED
    spoken = NOTHING_STATED.hear(ALL, NOON - MINUTE).choose(ALL, NOON)
    assert spoken.limit(None, NOON - MINUTE) == ALL
