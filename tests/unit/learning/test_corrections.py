"""A late outcome corrects what was learned: once, in order, whatever happens in between."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import BundleId, EventId, ProductId, decision_id_of
from personalization.domain.outcome_rules import Attribution, OutcomeRules
from personalization.domain.reward import outcome_of, reward
from personalization.learning.attribution import FROM_THE_CART, OutcomeAttribution
from personalization.learning.impressions import ImpressionOutcome
from personalization.learning.learner_state import LearnerState
from personalization.learning.past_rounds import last_outcomes
from tests.builders.event import an_event
from tests.builders.moments import NOON

WINDOW_MS = 1_000
RULES = OutcomeRules(WINDOW_MS, correction_ms=2 * WINDOW_MS)
START_MS = int(NOON.timestamp() * 1000)
DECISIONS = tuple(decision_id_of(NOON, str(number)) for number in range(3))
PRODUCTS = tuple(map(ProductId, "abc"))


def impression(number: int = 0) -> Event:
    return an_event(
        event_id=EventId(f"seen-{number}"), type=EventType.IMPRESSION, product_ids=PRODUCTS[:1],
        slots=(0,), decision_id=DECISIONS[number],
    )  # fmt: skip


def interaction(name: str, kind: EventType, **overrides: object) -> Event:
    return an_event(
        event_id=EventId(name), type=kind, product_ids=PRODUCTS[:1], decision_id=DECISIONS[0],
        **overrides,
    )  # fmt: skip


def play(book: OutcomeAttribution, *log: tuple[int, Event]) -> list[ImpressionOutcome]:
    """Return what came of a log, and of the time after it."""
    found = []
    for milliseconds, event in log:
        found += book.close_due(START_MS + milliseconds)
        book.take(event, START_MS + milliseconds)
    return found + book.close_due(START_MS + 100 * WINDOW_MS)


def outcomes(
    *log: tuple[int, Event], rules: OutcomeRules = RULES
) -> list[tuple[float, float | None]]:
    book = OutcomeAttribution(rules)
    found = [(position.outcome, position.corrects) for position in play(book, *log)]
    assert [book.open, book.settled, book.closed, book.carts] == [{}, {}, {}, {}]
    return found


def test_a_late_purchase_is_learned_with_the_whole_outcome_and_what_it_replaces() -> None:
    click = interaction("click", EventType.PRODUCT_VIEW)
    cart = interaction("cart", EventType.ADD_TO_CART)

    assert outcomes((0, impression()), (10, click), (1_000, cart)) == [
        (1 / 5, None),
        (4 / 5, 1 / 5),
    ]


def test_what_is_settled_for_good_is_neither_corrected_nor_learned_again() -> None:
    book = OutcomeAttribution(RULES)
    cart = interaction("cart", EventType.ADD_TO_CART)
    book.take(impression(), START_MS)
    assert len(book.close_due(START_MS + WINDOW_MS)) == 1
    book.settle_for_good()

    later = [(WINDOW_MS + 10, cart), (WINDOW_MS + 20, impression())]
    assert play(book, *later) == []
    assert book.settled == {}


def test_several_late_outcomes_make_one_correction() -> None:
    click, like = (
        interaction("click", EventType.PRODUCT_VIEW),
        interaction("l", EventType.FEEDBACK, thumb=1),
    )

    assert outcomes((0, impression()), (1_500, click), (2_999, like)) == [(0.0, None), (5 / 5, 0.0)]


def test_a_late_dislike_lowers_what_was_learned() -> None:
    cart, dislike = (
        interaction("cart", EventType.ADD_TO_CART),
        interaction("d", EventType.FEEDBACK, thumb=-1),
    )

    assert outcomes((0, impression()), (10, cart), (1_500, dislike)) == [
        (3 / 5, None),
        (-1 / 5, 3 / 5),
    ]


def test_what_changes_nothing_corrects_nothing() -> None:
    buy, click = (
        interaction("buy", EventType.CHECKOUT),
        interaction("click", EventType.PRODUCT_VIEW),
    )

    assert outcomes((0, impression()), (10, buy), (1_500, click), (1_600, buy)) == [(1.0, None)]


def test_an_outcome_after_both_windows_comes_too_late() -> None:
    assert outcomes((0, impression()), (3_000, interaction("buy", EventType.CHECKOUT))) == [
        (0.0, None)
    ]


def test_without_a_correction_window_the_first_outcome_stays() -> None:
    late = (1_500, interaction("buy", EventType.CHECKOUT))

    assert outcomes((0, impression()), late, rules=OutcomeRules(WINDOW_MS)) == [(0.0, None)]


def test_a_late_outcome_corrects_the_earliest_only_where_there_was_none() -> None:
    rules = OutcomeRules(WINDOW_MS, 2 * WINDOW_MS, Attribution.EARLIEST, default_outcome=-0.2)
    click, buy = (
        interaction("click", EventType.PRODUCT_VIEW),
        interaction("buy", EventType.CHECKOUT),
    )

    assert outcomes((0, impression()), (10, click), (1_500, buy), rules=rules) == [(1 / 5, None)]
    assert outcomes((0, impression()), (1_500, buy), rules=rules) == [(-0.2, None), (1.0, -0.2)]


def test_a_cart_is_checked_out_late_without_naming_a_decision() -> None:
    cart = interaction("cart", EventType.ADD_TO_CART)
    buy = an_event(event_id=EventId("buy"), type=EventType.CHECKOUT, product_ids=PRODUCTS)

    assert outcomes((0, impression()), (10, cart), (2_500, buy)) == [(3 / 5, None), (1.0, 3 / 5)]


def test_evaluation_sees_each_position_once_with_its_last_outcome() -> None:
    found = play(
        OutcomeAttribution(RULES),
        (0, impression(0)),
        (1, impression(1)),
        (1_500, interaction("buy", EventType.CHECKOUT)),
    )

    assert [
        (position.decision_id, position.outcome, position.corrects)
        for position in last_outcomes(found)
    ] == [
        (DECISIONS[0], 1.0, None),
        (DECISIONS[1], 0.0, None),
    ]


def test_a_checkpoint_of_before_there_were_corrections_is_read() -> None:
    kept = (
        b'{"offsets":[],"open":{"k/a":{"session_id":"s","decision_id":"k","product_id":"a",'
        b'"seen_at_ms":5,"reward":1.0,"counted":["e"]}},"closed":{"k/b":7},"log_time_ms":9,'
        b'"rounds":3}'
    )

    book = msgspec.json.decode(kept, type=LearnerState).book(RULES)

    assert [
        (position.product_id, position.outcome) for position in book.close_due(5 + WINDOW_MS)
    ] == [("a", 0.2)]


@dataclass(frozen=True)
class Said:
    """An entry of a random log."""

    at_ms: int
    event: Event


@st.composite
def logs(draw: st.DrawFn) -> list[Said]:
    """Return impressions and outcomes of three decisions in any order, some repeated."""
    found: list[Said] = []
    at_ms = 0
    for number in range(draw(st.integers(1, 25))):
        at_ms += draw(st.sampled_from([0, 1, 99, 500, 999, 1_000, 1_001]))
        if found and draw(st.integers(0, 9)) == 0:
            found.append(Said(at_ms, draw(st.sampled_from(found)).event))
            continue
        found.append(Said(at_ms, _random_event(draw, number)))
    return found


def _random_event(draw: st.DrawFn, number: int) -> Event:
    kind = draw(
        st.sampled_from(
            [
                EventType.IMPRESSION,
                EventType.IMPRESSION,
                *set(EventType) - {EventType.CATEGORY_VIEW},
            ]
        )
    )
    several = kind in {EventType.IMPRESSION, EventType.CHECKOUT, EventType.REFUND}
    products = draw(
        st.lists(st.sampled_from(PRODUCTS), unique=True, min_size=1, max_size=3 if several else 1)
    )
    named = kind not in FROM_THE_CART or draw(st.booleans())
    return an_event(
        event_id=EventId(f"event-{number}"),
        type=kind,
        product_ids=tuple(products),
        decision_id=draw(st.sampled_from(DECISIONS)) if named else None,
        bundle_id=draw(st.sampled_from([None, BundleId("a+b")])),
        thumb=draw(st.sampled_from([1, -1])) if kind is EventType.FEEDBACK else None,
        duration_ms=draw(st.integers(1, 90_000)) if kind.is_attention else None,
        quantities=draw(
            st.sampled_from([(), *[(pieces,) * len(products) for pieces in (1, 2, 3)]])
        ),
    )


ALL_RULES = st.builds(
    OutcomeRules,
    st.just(WINDOW_MS),
    st.sampled_from([0, 500, WINDOW_MS, 3 * WINDOW_MS]),
    st.sampled_from(Attribution),
    st.sampled_from([0.0, -0.25]),
)


@given(logs(), ALL_RULES, st.data())
@settings(max_examples=300, deadline=None)
def test_restarts_and_looks_at_any_moment_change_nothing(
    log: list[Said], rules: OutcomeRules, data: st.DataObject
) -> None:
    uninterrupted = play(
        OutcomeAttribution(rules), *((saying.at_ms, saying.event) for saying in log)
    )
    book, found = OutcomeAttribution(rules), []
    for before, saying in zip([log[0], *log], log, strict=False):
        if data.draw(st.booleans()):
            book = _restart(book)
        look = data.draw(st.integers(before.at_ms, saying.at_ms))
        found += book.close_due(START_MS + look)
        found += book.close_due(START_MS + saying.at_ms)
        book.take(saying.event, START_MS + saying.at_ms)
    found += _restart(book).close_due(START_MS + 100 * WINDOW_MS)

    assert found == uninterrupted


def _restart(book: OutcomeAttribution) -> OutcomeAttribution:
    state = LearnerState(
        [], book.open, book.closed, book.log_time_ms, 0, 0, book.settled, book.carts
    )
    return msgspec.json.decode(msgspec.json.encode(state), type=LearnerState).book(book.rules)


@given(logs(), ALL_RULES)
@settings(max_examples=300, deadline=None)
def test_what_was_learned_is_what_the_log_says(log: list[Said], rules: OutcomeRules) -> None:
    found = play(OutcomeAttribution(rules), *((saying.at_ms, saying.event) for saying in log))

    first = [position for position in found if position.corrects is None]
    places = [(position.decision_id, position.product_id) for position in first]
    assert len(set(places)) == len(places)
    assert set(places) == {
        (saying.event.decision_id, product)
        for saying in log
        if saying.event.type is EventType.IMPRESSION and saying.at_ms <= 2 * WINDOW_MS
        for product in saying.event.product_ids
    }
    for place in places:
        mine = [
            position for position in found if (position.decision_id, position.product_id) == place
        ]
        early, whole = (_by_hand(log, rules, place, span) for span in (WINDOW_MS, rules.whole_ms))
        told = [(early, None)] if early == whole else [(early, None), (whole, early)]
        assert [(position.outcome, position.corrects) for position in mine] == told


def _by_hand(
    log: Sequence[Said], rules: OutcomeRules, place: tuple[str | None, ProductId], span_ms: int
) -> float:
    """Return a position's outcome after `span_ms`, worked out the slow and plain way."""
    began_ms = _seen_at(log, place)
    counted: dict[EventId, tuple[Event, float]] = {}
    for number, saying in enumerate(log):
        until_ms = began_ms + span_ms
        if began_ms <= saying.at_ms < until_ms and saying.event.event_id not in counted:
            amount = _amount(log[: number + 1], rules, place)
            if amount is not None:
                counted[saying.event.event_id] = saying.event, amount
    if not counted:
        return rules.default_outcome
    looks = min(0.5, sum(amount for event, amount in counted.values() if event.type.is_attention))
    acts = [(event, amount) for event, amount in counted.values() if not event.type.is_attention]
    if rules.attribution is Attribution.EARLIEST:
        given = (amount for event, amount in acts if amount and event.type.takes_back is None)
        return outcome_of(next(given, looks))
    return outcome_of(_total(acts) + looks)


def _total(acts: Sequence[tuple[Event, float]]) -> float:
    """Add rewards up; what takes back some pieces costs nothing as long as others are left."""
    total = 0.0
    pieces: Counter[EventType] = Counter()
    for event, amount in acts:
        named, gave = event.quantities[0] if event.quantities else None, event.type.takes_back
        if gave is None:
            pieces[event.type] += named or 1
            total += amount
            continue
        pieces[gave] = 0 if named is None else max(0, pieces[gave] - named)
        if not pieces[gave]:
            total += max(amount, -max(0.0, total))
    return total


def _seen_at(log: Sequence[Said], place: tuple[str | None, ProductId]) -> int:
    return next(
        (
            saying.at_ms
            for saying in log
            if saying.event.type is EventType.IMPRESSION
            and saying.event.decision_id == place[0]
            and place[1] in saying.event.product_ids
            and saying.at_ms <= 2 * WINDOW_MS
        ),
        2**40,
    )


def _counts(past: Sequence[Said], rules: OutcomeRules, place: tuple[str | None, ProductId]) -> bool:
    """Say whether a position was seen and still counts at the end of a log."""
    seen = next(
        (
            number
            for number, saying in enumerate(past)
            if saying.event.type is EventType.IMPRESSION
            and saying.event.decision_id == place[0]
            and place[1] in saying.event.product_ids
            and saying.at_ms <= 2 * WINDOW_MS
        ),
        None,
    )
    return seen is not None and past[-1].at_ms < past[seen].at_ms + rules.whole_ms


def _amount(
    past: Sequence[Said], rules: OutcomeRules, place: tuple[str | None, ProductId]
) -> float | None:
    """Return what the last event of a log is worth to a position; None if nothing."""
    event, worth = past[-1].event, reward(past[-1].event)
    if event.type is EventType.IMPRESSION or not _counts(past, rules, place):
        return None
    if event.decision_id is None:
        # A piece more of what is in the cart is worth nothing.
        worth = 0.0 if event.type is EventType.ADD_TO_CART else worth
        return worth if place[1] in event.product_ids and _was_carted(past, rules, place) else None
    if event.decision_id != place[0]:
        return None
    if place[1] in event.product_ids:
        return worth
    shown = [
        product_id
        for product_id in PRODUCTS
        if _counts(past, rules, (event.decision_id, product_id))
    ]
    is_bundle = event.type is EventType.CHECKOUT and event.bundle_id is not None
    if is_bundle and not set(shown) & set(event.product_ids):
        return worth / len(shown)
    return None


def _was_carted(
    past: Sequence[Said], rules: OutcomeRules, place: tuple[str | None, ProductId]
) -> bool:
    """Say whether the product was last carted from this position of those that still count."""
    told: set[tuple[EventId, str | None]] = set()
    last = None
    for number, saying in enumerate(past):
        event = saying.event
        where = (event.decision_id, place[1])
        if event.type is not EventType.ADD_TO_CART or place[1] not in event.product_ids:
            continue
        if (event.event_id, where[0]) in told or not _counts(past[: number + 1], rules, where):
            continue
        told.add((event.event_id, where[0]))
        last = where
    return last == place
