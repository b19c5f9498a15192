"""Each kind of outcome, as the tracker sends it, reaches its decision and slot: by hand."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from api.tracking.request_events import events_in
from personalization.catalogue.catalogue_cache import CatalogueIds
from personalization.domain.event import Device, Event
from personalization.domain.identifiers import CategoryId, ProductId, SessionId, decision_id_of
from personalization.domain.outcome_rules import Attribution, OutcomeRules
from personalization.domain.reward import reward
from personalization.learning.attribution import OutcomeAttribution
from personalization.learning.impressions import ImpressionOutcome
from personalization.settings.learning import LearningSettings
from personalization.tracking.client_hints import ClientHints
from personalization.tracking.validation import Circumstances, TakenEvent, judge
from tests.builders.moments import NOON
from tests.builders.wire_event import OTHER_SESSION, SESSION, a_wire_event

Wire = dict[str, object]
"""Fields of an event as the tracker sends them."""
WINDOW_MS = 60_000
SUM = OutcomeRules(WINDOW_MS)
EARLIEST = OutcomeRules(WINDOW_MS, attribution=Attribution.EARLIEST)
START_MS = int(NOON.timestamp() * 1000)
FIRST, SECOND = decision_id_of(NOON, "first"), decision_id_of(NOON, "second")
PRODUCTS = ("a", "b", "c", "d")
SEEN: Wire = {
    "type": "impression",
    "product_ids": ["a", "b"],
    "slots": [0, 1],
    "decision_id": FIRST,
}


def accept(number: int, fields: Wire, session: str = SESSION) -> Event:
    """Return what the API makes of an event that the tracker sends."""
    product = {} if "product_id" in fields else {"product_id": None}
    wire = a_wire_event(event_id=f"event-{number}", session_id=session, **{**product, **fields})
    batch = Circumstances(
        SessionId(session), ClientHints(None, Device.MOBILE), NOON, timedelta(minutes=5),
        timedelta(hours=48),
    )  # fmt: skip
    known = CatalogueIds(
        {ProductId(product): CategoryId("shirts") for product in PRODUCTS},
        frozenset({CategoryId("shirts")}),
    )
    taken = judge(events_in(msgspec.json.encode(wire), 10)[0], batch, known)
    assert isinstance(taken, TakenEvent), taken
    return taken.event


def close(*sent: Wire, rules: OutcomeRules = SUM) -> list[ImpressionOutcome]:
    """Return the positions that close; the events are a millisecond apart."""
    book = OutcomeAttribution(rules)
    for number, fields in enumerate(sent):
        book.take(accept(number, fields), START_MS + number)
    return book.close_due(START_MS + len(sent) + WINDOW_MS)


def outcomes(*sent: Wire, rules: OutcomeRules = SUM) -> dict[str, float]:
    """Return product -> outcome, where every product closes once."""
    found = close(*sent, rules=rules)
    assert len({position.product_id for position in found}) == len(found)
    return {position.product_id: position.outcome for position in found}


@pytest.mark.parametrize(
    ("sent", "outcome"),
    [
        ({"type": "product_view"}, 1 / 5),
        ({"type": "add_to_cart"}, 3 / 5),
        ({"type": "checkout"}, 5 / 5),
        ({"type": "feedback", "thumb": 1}, 4 / 5),
        ({"type": "feedback", "thumb": -1}, -4 / 5),
        ({"type": "feedback", "rating": 5}, (5 - 3) * 2 / 5),
        ({"type": "feedback", "rating": 2.5}, (2.5 - 3) * 2 / 5),
        ({"type": "feedback", "rating": 1}, (1 - 3) * 2 / 5),
        ({"type": "feedback", "rating": 3}, 0.0),
    ],
)
def test_each_kind_rewards_its_own_slot_alone(sent: Wire, outcome: float) -> None:
    event: Wire = {**sent, "product_id": "b", "decision_id": FIRST, "slot": 1}

    assert outcomes(SEEN, event) == {"a": 0.0, "b": outcome}


def test_a_purchase_after_a_click_and_a_cart_is_a_whole_success() -> None:
    said: Wire = {"product_id": "a", "decision_id": FIRST, "slot": 0}

    found = outcomes(
        SEEN, {"type": "product_view", **said}, {"type": "add_to_cart", **said},
        {"type": "checkout", **said},
    )  # fmt: skip

    assert found == {"a": 1.0, "b": 0.0}


def test_the_earliest_reward_is_the_only_one_where_that_is_set() -> None:
    said: Wire = {"product_id": "a", "decision_id": FIRST}

    found = outcomes(
        SEEN, {"type": "feedback", "rating": 3, **said}, {"type": "product_view", **said},
        {"type": "checkout", **said}, rules=EARLIEST,
    )  # fmt: skip

    assert found == {"a": 1 / 5, "b": 0.0}


def test_what_was_left_alone_gets_the_default_and_a_neutral_rating_does_not() -> None:
    rules = OutcomeRules(WINDOW_MS, default_outcome=-0.1)
    neutral: Wire = {"type": "feedback", "rating": 3, "product_id": "a", "decision_id": FIRST}

    found = close(SEEN, neutral, rules=rules)

    assert [(position.outcome, position.engaged) for position in found] == [
        (0.0, True),
        (-0.1, False),
    ]


def test_a_checkout_of_one_order_reaches_the_slots_that_its_lines_were_carted_from() -> None:
    second: Wire = {**SEEN, "product_ids": ["c", "d"], "decision_id": SECOND}
    found = outcomes(
        SEEN, second,
        {"type": "add_to_cart", "product_id": "a", "decision_id": FIRST},
        {"type": "add_to_cart", "product_id": "c", "decision_id": SECOND},
        {"type": "checkout", "product_ids": ["a", "c", "d"]},
    )  # fmt: skip

    assert found == {"a": (3 + 5) / 8, "b": 0.0, "c": 1.0, "d": 0.0}


def test_a_line_belongs_to_the_slot_that_it_was_last_carted_from() -> None:
    again: Wire = {**SEEN, "product_ids": ["a"], "slots": [0], "decision_id": SECOND}
    found = close(
        SEEN, again,
        {"type": "add_to_cart", "product_id": "a", "decision_id": FIRST},
        {"type": "add_to_cart", "product_id": "a", "decision_id": SECOND},
        {"type": "feedback", "thumb": -1, "product_id": "a", "decision_id": SECOND},
        {"type": "checkout", "product_ids": ["a"]},
    )  # fmt: skip

    outcomes = [(position.decision_id, position.product_id, position.outcome) for position in found]
    assert outcomes == [
        (FIRST, "a", 3 / 5), (FIRST, "b", 0.0), (SECOND, "a", (3 - 4 + 5) / 5),
    ]  # fmt: skip


def test_a_view_without_a_decision_rewards_nothing() -> None:
    assert outcomes(SEEN, {"type": "product_view", "product_id": "a"}) == {"a": 0.0, "b": 0.0}


def test_a_bundle_rewards_those_of_its_products_that_a_slot_showed() -> None:
    bundle: Wire = {"product_ids": ["a", "c"], "bundle_id": "a+c", "decision_id": FIRST}

    assert outcomes(SEEN, {"type": "checkout", **bundle}) == {"a": 1.0, "b": 0.0}


def test_a_bundle_of_products_that_no_slot_showed_rewards_the_whole_slate_that_it_was_beside() -> (
    None
):
    bundle: Wire = {"product_ids": ["c", "d"], "bundle_id": "c+d", "decision_id": FIRST}

    found = outcomes(SEEN, {"type": "checkout", **bundle})

    assert found == {"a": (8 / 2) / 5, "b": (8 / 2) / 5}


def test_the_same_bundle_outside_a_suggestion_rewards_where_it_was_carted_from() -> None:
    found = outcomes(
        SEEN,
        {"type": "feedback", "thumb": -1, "product_id": "a", "decision_id": FIRST},
        {"type": "feedback", "thumb": -1, "product_id": "a", "decision_id": FIRST},
        {"type": "add_to_cart", "product_id": "a", "decision_id": FIRST},
        {"type": "checkout", "product_ids": ["a", "c"], "bundle_id": "a+c"},
    )

    assert found == {"a": (-4 - 4 + 3 + 8) / 5, "b": 0.0}


def test_nobody_elses_checkout_reaches_a_slot() -> None:
    book = OutcomeAttribution(SUM)
    cart: Wire = {"type": "add_to_cart", "product_id": "a", "decision_id": FIRST}
    for number, fields in enumerate([SEEN, cart]):
        book.take(accept(number, fields), START_MS)
    strange: list[Wire] = [
        {"type": "checkout", "product_ids": ["a"]},
        {"type": "checkout", "product_ids": ["a"], "decision_id": FIRST},
        {"type": "checkout", "product_ids": ["c"], "bundle_id": "x", "decision_id": FIRST},
    ]
    for number, fields in enumerate(strange):
        book.take(accept(10 + number, fields, OTHER_SESSION), START_MS)

    assert [position.outcome for position in book.close_due(START_MS + WINDOW_MS)] == [3 / 5, 0.0]


def test_the_settings_say_the_rules() -> None:
    settings = LearningSettings(
        outcome_window_seconds=2.5, correction_windows=2, attribution="earliest",
        default_outcome=-0.5,
    )  # fmt: skip

    assert settings.outcome_rules == OutcomeRules(2_500, 5_000, Attribution.EARLIEST, -0.5)
    assert LearningSettings().outcome_rules == OutcomeRules(1_800_000, 1_800_000)


def test_an_order_or_refund_that_a_server_should_have_sent_earns_nothing() -> None:
    for kind in ("checkout", "refund"):
        order = accept(2, {"type": kind, "product_ids": ["a"], "decision_id": FIRST})
        page, server = (replace(order, attested=attested) for attested in (False, True))
        assert reward(page) == 0.0
        assert reward(server) == reward(order)
        for event, counted in ((page, []), (server, [order.event_id])):
            book = OutcomeAttribution(SUM)
            book.take(accept(1, SEEN), START_MS)
            book.take(event, START_MS + 1_000)
            assert [found.counted for found in book.open.values()] == [counted, []]
