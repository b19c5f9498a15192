"""Random histories of consent given and withdrawn: nothing beyond it is found anywhere.

What was agreed to is worked out here by itself, event by event, and held against what counting,
learning, history and every reader of it make of the same events.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from api.tracking.judged_batch import refusal_event
from personalization.domain.consent import (
    NOTHING_STATED,
    UNSAID,
    Consent,
    ConsentPurpose,
    agrees,
    consent_of,
)
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import (
    DecisionId,
    EventId,
    ProductId,
    SessionId,
    decision_id_of,
)
from personalization.domain.outcome_rules import OutcomeRules
from personalization.domain.product import Product
from personalization.learning.attribution import OutcomeAttribution
from personalization.learning.past_rounds import attribute
from personalization.sessions.recount import recount
from personalization.tracking.consents import statement_of, usable
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.unit.tracking.judging import batch_at_noon

MINUTES = 45
RULES = OutcomeRules(window_ms=600_000)
PURPOSES = st.lists(st.sampled_from(ConsentPurpose), unique=True).map(consent_of)
SESSION = SessionId("session-1")
KINDS = (EventType.PRODUCT_VIEW, EventType.ADD_TO_CART, EventType.IMPRESSION)


@dataclass(frozen=True)
class Step:
    """What happens in a visit: an event that may say something of consent, or a choice."""

    kind: EventType
    consent: Consent | None


STEPS = st.lists(
    st.one_of(
        st.builds(Step, st.sampled_from(KINDS), st.none() | PURPOSES),
        st.builds(Step, st.just(EventType.CONSENT), PURPOSES),
    ),
    min_size=1,
    max_size=MINUTES,
)


def product_of(number: int) -> ProductId:
    return ProductId(f"product-{number}")


PRODUCTS: dict[ProductId, Product] = {
    product_of(number): a_product(product_id=product_of(number)) for number in range(MINUTES)
}


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def event_of(number: int, step: Step) -> Event:
    """Return an event of a product of its own, so that every trace of it is known."""
    is_choice = step.kind is EventType.CONSENT
    return an_event(
        event_id=EventId(f"event-{number}"),
        session_id=SESSION,
        type=step.kind,
        occurred_at=minute(number),
        received_at=minute(number),
        product_ids=() if is_choice else (product_of(number),),
        decision_id=decision_of(number) if step.kind is EventType.IMPRESSION else None,
        consent=step.consent,
    )


def decision_of(number: int) -> DecisionId:
    return decision_id_of(minute(number), str(number))


def take_all(steps: Sequence[Step]) -> list[Event]:
    """Return the events as the API gives them to the log."""
    statement, events = NOTHING_STATED, list[Event]()
    for number, step in enumerate(steps):
        event = event_of(number, step)
        if step.kind is EventType.CONSENT:
            assert step.consent is not None
            statement = statement.choose(step.consent, event.occurred_at)
            events.append(event)
            continue
        batch = replace(batch_at_noon(), statement=statement)
        consent = batch.consent_at(step.consent, event.occurred_at)
        before = statement
        if step.consent is not None:
            statement = statement.hear(step.consent, event.occurred_at)
        if consent != ():
            events.append(replace(event, consent=consent))
        elif step.consent is not None and before.in_force != ():
            told = replace(batch, session_id=SESSION, received_at=event.received_at)
            events.append(refusal_event(told, event.occurred_at))
    return events


def agreed_at(steps: Sequence[Step], number: int) -> frozenset[ConsentPurpose]:
    """Work out what a step agreed to: its own word within the last choice, else what was said."""
    chosen: Consent | None = None
    said: Consent | None = None
    for step in steps[: number + 1]:
        if step.kind is EventType.CONSENT:
            chosen, said = step.consent, None
        elif step.consent is not None:
            said = step.consent
    own = [set(consent) for consent in (chosen, said) if consent is not None]
    return frozenset(set.intersection(*own) if own else UNSAID)


def is_usable(steps: Sequence[Step], number: int, purpose: ConsentPurpose) -> bool:
    """Say whether the step agreed, and every later one did, too."""
    later = range(number, len(steps))
    return all(purpose in agreed_at(steps, other) for other in later)


def usable_products(
    steps: Sequence[Step], purpose: ConsentPurpose, is_wanted: Callable[[Step], bool]
) -> set[ProductId]:
    return {
        product_of(number)
        for number, step in enumerate(steps)
        if is_wanted(step) and is_usable(steps, number, purpose)
    }


def is_no_choice(step: Step) -> bool:
    return step.kind is not EventType.CONSENT


@given(STEPS)
def test_the_log_and_the_history_have_nothing_of_which_nothing_was_agreed_to(
    steps: list[Step],
) -> None:
    kept = [event for event in take_all(steps) if event.type is not EventType.CONSENT]
    agreed = {
        product_of(number)
        for number, step in enumerate(steps)
        if is_no_choice(step) and agreed_at(steps, number)
    }
    assert {event.product_id for event in kept} == agreed
    assert all(event.is_kept for event in kept)


@given(STEPS)
def test_who_reads_the_history_for_a_purpose_uses_what_was_and_still_is_agreed_to(
    steps: list[Step],
) -> None:
    events = take_all(steps)
    for purpose in ConsentPurpose:
        found = {event.product_id for event in usable(events, purpose) if event.product_ids}
        assert found == usable_products(steps, purpose, is_no_choice)


@given(STEPS)
def test_a_profile_is_made_of_what_may_be_used_to_choose(steps: list[Step]) -> None:
    events = take_all(steps)
    session = recount(events, PRODUCTS, minute(len(steps)))
    found = set() if session is None else {entry.product_id for entry in session.recent}
    wanted = {
        event.product_id
        for event in usable(events, ConsentPurpose.PERSONALIZE)
        if event.type.is_evidence
    }
    assert found == wanted


@given(STEPS)
def test_nothing_is_learned_of_what_was_taken_back_before_its_window_passed(
    steps: list[Step],
) -> None:
    events = take_all(steps)
    closed, _ = attribute(events, RULES, minute(10 * MINUTES))
    window = RULES.window_ms // 60_000
    for outcome in closed:
        number = int(outcome.product_id.removeprefix("product-"))
        kept = [event for event in events if event.event_id == f"event-{number}"]
        assert agrees(kept[0].consent, ConsentPurpose.LEARN)
        meanwhile = [
            event
            for event in events
            if minute(number) < event.received_at < minute(number + window)
        ]
        assert all(agrees(event.consent, ConsentPurpose.LEARN) for event in meanwhile)


@given(STEPS)
def test_the_history_says_of_consent_what_was_heard(steps: list[Step]) -> None:
    """So that a flush of Redis gives nobody a consent back."""
    events = take_all(steps)
    choices = [number for number, step in enumerate(steps) if step.kind is EventType.CONSENT]
    if not choices:
        return
    found = statement_of(events)
    assert found.chosen == steps[choices[-1]].consent
    assert found.chosen_at == minute(choices[-1])
    assert all(before.received_at <= after.received_at for before, after in pairwise(events))


@given(STEPS, st.integers(0, MINUTES))
def test_an_erased_session_leaves_nothing_that_could_be_learned(
    steps: list[Step], erased_at: int
) -> None:
    book = OutcomeAttribution(RULES)
    closed = []
    for event in take_all(steps):
        if event.received_at > minute(erased_at):
            break
        closed += book.close_due(milliseconds(event.received_at))
        book.take(event, milliseconds(event.received_at))
    for session_id in book.sessions():
        book.forget_session(session_id)
    assert (book.open, book.settled, book.carts, book.sessions()) == ({}, {}, {}, [])
    assert book.close_due(milliseconds(minute(10 * MINUTES))) == []


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
