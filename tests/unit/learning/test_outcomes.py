"""Outcomes join impressions by decision and product, once, within a window of log time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import (
    DecisionId,
    EventId,
    ProductId,
    SessionId,
    decision_id_of,
)
from personalization.domain.outcome_rules import OutcomeRules
from personalization.learning.attribution import OutcomeAttribution
from personalization.learning.impression_check import Refusal
from personalization.learning.impressions import (
    COUNTED_INTERACTIONS,
    SESSION_INTERACTIONS,
    ImpressionOutcome,
)
from tests.builders.event import an_event
from tests.builders.made_up_decisions import MADE_UP
from tests.builders.moments import NOON

WINDOW_MS = 60_000
RULES = OutcomeRules(WINDOW_MS)
START_MS = int(NOON.timestamp() * 1000)
DECISION = decision_id_of(NOON, "a decision")
LATER = decision_id_of(NOON, "a later one")


def an_impression(number: int, *products: str, decision: DecisionId = DECISION) -> Event:
    return an_event(
        event_id=EventId(f"impression-{number}"),
        type=EventType.IMPRESSION,
        product_ids=tuple(map(ProductId, products)),
        slots=tuple(range(len(products))),
        decision_id=decision,
    )


def an_outcome(number: int, product: str, kind: EventType, **overrides: object) -> Event:
    return an_event(
        event_id=EventId(f"outcome-{number}"),
        type=kind,
        product_ids=(ProductId(product),),
        decision_id=DECISION,
        **overrides,
    )


def play(book: OutcomeAttribution, *events: tuple[int, Event]) -> list[ImpressionOutcome]:
    closed = []
    for milliseconds, event in events:
        closed.extend(book.close_due(START_MS + milliseconds))
        book.take(event, START_MS + milliseconds)
    return closed


def test_what_was_seen_and_left_alone_closes_with_outcome_zero() -> None:
    closed = play(
        OutcomeAttribution(RULES), (0, an_impression(1, "a", "b")), (WINDOW_MS, an_event())
    )

    assert [(position.product_id, position.outcome) for position in closed] == [
        ("a", 0.0),
        ("b", 0.0),
    ]


def test_rewards_within_the_window_add_up() -> None:
    closed = play(
        OutcomeAttribution(RULES),
        (0, an_impression(1, "a")),
        (10, an_outcome(1, "a", EventType.PRODUCT_VIEW)),
        (20, an_outcome(2, "a", EventType.ADD_TO_CART)),
        (WINDOW_MS, an_event()),
    )

    assert [position.outcome for position in closed] == [(1 + 3) / 5]


def test_an_outcome_told_twice_counts_once() -> None:
    click = an_outcome(1, "a", EventType.PRODUCT_VIEW)

    closed = play(
        OutcomeAttribution(RULES), (0, an_impression(1, "a")), (1, click), (2, click),
        (WINDOW_MS, an_event()),
    )  # fmt: skip

    assert [position.outcome for position in closed] == [1 / 5]


def test_an_impression_told_again_after_closing_is_not_learned_twice() -> None:
    impression = an_impression(1, "a")

    closed = play(
        OutcomeAttribution(RULES), (0, impression), (WINDOW_MS, impression),
        (2 * WINDOW_MS - 1, impression), (4 * WINDOW_MS, an_event()),
    )  # fmt: skip

    assert len(closed) == 1


def test_memory_is_bounded_and_an_old_decision_is_refused() -> None:
    book = OutcomeAttribution(RULES)
    play(book, (0, an_impression(1, "a")), (WINDOW_MS, an_event()), (4 * WINDOW_MS, an_event()))

    assert not book.open
    assert not book.closed
    assert play(book, (4 * WINDOW_MS, an_impression(2, "a"))) == []
    assert not book.open


def test_an_outcome_at_the_moment_of_closing_comes_too_late() -> None:
    click = an_outcome(1, "a", EventType.PRODUCT_VIEW)

    closed = play(OutcomeAttribution(RULES), (0, an_impression(1, "a")), (WINDOW_MS, click))

    assert [position.outcome for position in closed] == [0.0]


def test_it_does_not_matter_how_often_one_looks_for_what_is_due() -> None:
    events = [(number * 7_000, an_impression(number, f"p{number}")) for number in range(20)]
    seldom, often = OutcomeAttribution(RULES), OutcomeAttribution(RULES)
    closed: list[ImpressionOutcome] = []
    for milliseconds, event in events:
        for between in range(6_000, -1, -1_000):
            closed.extend(often.close_due(START_MS + milliseconds - between))
        often.take(event, START_MS + milliseconds)

    assert closed == play(seldom, *events)
    assert (often.open, often.closed) == (seldom.open, seldom.closed)


def test_another_session_cannot_reward_a_decision() -> None:
    stolen = an_outcome(1, "a", EventType.CHECKOUT, session_id=SessionId("somebody else"))

    closed = play(
        OutcomeAttribution(RULES), (0, an_impression(1, "a")), (1, stolen), (WINDOW_MS, an_event())
    )

    assert [position.outcome for position in closed] == [0.0]


def test_a_dislike_closes_below_zero() -> None:
    dislike = an_outcome(1, "a", EventType.FEEDBACK, thumb=-1)

    closed = play(
        OutcomeAttribution(RULES), (0, an_impression(1, "a")), (1, dislike), (WINDOW_MS, an_event())
    )

    assert [position.outcome for position in closed] == [-4 / 5]


@pytest.mark.parametrize("made_up", MADE_UP)
def test_a_decision_id_that_is_not_ours_opens_nothing(made_up: DecisionId) -> None:
    book = OutcomeAttribution(RULES)

    book.take(an_impression(1, "a", decision=made_up), START_MS)

    assert not book.open


def test_a_decision_id_tells_its_time_to_the_millisecond() -> None:
    from personalization.domain.identifiers import decided_at_of

    decided_at = decided_at_of(DECISION)

    assert decided_at is not None
    assert abs(decided_at - NOON) < timedelta(milliseconds=1)


def test_a_session_has_no_more_interactions_counted_than_its_share_also_after_a_restart() -> None:
    products = [f"p{number}" for number in range(SESSION_INTERACTIONS // COUNTED_INTERACTIONS)]
    book = OutcomeAttribution(RULES)
    book.take(an_impression(1, *products, "other"), START_MS)
    names = tuple(map(ProductId, products))
    for number in range(COUNTED_INTERACTIONS):
        views = an_outcome(number, "p0", EventType.PRODUCT_VIEW)
        book.take(replace(views, product_ids=names), START_MS)
    again = OutcomeAttribution(RULES, book.open, log_time_ms=book.log_time_ms)
    order = an_outcome(COUNTED_INTERACTIONS, "other", EventType.CHECKOUT)

    for life in (book, again):
        assert sum(len(seen.counted) for seen in life.open.values()) == SESSION_INTERACTIONS
        life.take(order, START_MS)
        assert life.refused == {Refusal.TOO_MANY_INTERACTIONS: 1}
    # What is over leaves its room to what comes.
    play(book, (WINDOW_MS, an_impression(2, "next", decision=LATER)))
    book.take(replace(order, product_ids=(ProductId("next"),), decision_id=LATER), START_MS)
    assert [len(seen.counted) for seen in book.open.values()] == [1]
