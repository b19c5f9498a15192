"""Ranks, gains and novelty of one slate, by hand."""

from math import log2

import pytest

from personalization.domain.decision import Frame, PriorTerm, Slot
from personalization.domain.identifiers import ProductId
from personalization.domain.shown_decision import ShownDecision
from personalization.experiments.seen_slate import (
    LEAST_POPULARITY,
    Position,
    SeenSlate,
    positions_of,
)
from tests.builders.decision import a_decision
from tests.builders.shown_slate import POPULARITY, an_action

ONE, TWO, THREE, FOUR = (ProductId(f"p{number}") for number in range(4))


def a_slate() -> SeenSlate:
    """Return a slate of four, all of which were seen."""
    slate = SeenSlate(
        {
            product_id: Position(rank, float(rank))
            for rank, product_id in enumerate((ONE, TWO, THREE, FOUR), 1)
        }
    )
    slate.see((ONE, TWO, THREE, FOUR))
    return slate


def test_nothing_engaged_is_worth_nothing() -> None:
    assert a_slate().reciprocal_rank == 0.0
    assert a_slate().normalised_gain == 0.0


def test_the_reciprocal_rank_is_that_of_the_first_engaged() -> None:
    slate = a_slate()
    slate.engage((FOUR, TWO))

    assert slate.reciprocal_rank == pytest.approx(1 / 2)


def test_the_gain_is_a_share_of_the_best_order() -> None:
    slate = a_slate()
    slate.engage((TWO,))
    slate.engage((FOUR,))

    # Discounts 1 / log2(1 + r) at ranks 2 and 4 over those at 1 and 2.
    assert slate.normalised_gain == pytest.approx((0.63093 + 0.43068) / (1 + 0.63093), abs=1e-5)


def test_two_placements_have_two_first_positions_and_no_more_gain_than_the_best_order() -> None:
    slate = SeenSlate({ONE: Position(1, 0.0), TWO: Position(2, 0.0), THREE: Position(1, 0.0)})
    slate.see((ONE, TWO, THREE))
    slate.engage((ONE, THREE))
    assert slate.normalised_gain == pytest.approx(1.0)

    slate.engage((TWO,))
    assert slate.normalised_gain == pytest.approx(1.0)


def test_the_best_order_has_the_whole_gain() -> None:
    slate = a_slate()
    slate.engage((ONE, TWO))

    assert slate.normalised_gain == pytest.approx(1.0)


def test_what_was_not_seen_is_not_engaged_and_what_was_not_decided_is_not_seen() -> None:
    slate = SeenSlate({ONE: Position(1, 0.0)})
    slate.see((TWO,))
    slate.engage((ONE,))

    assert (slate.seen, slate.engaged) == (set(), set())


def test_novelty_is_the_surprise_of_what_was_seen() -> None:
    slate = SeenSlate({ONE: Position(1, 3.0), TWO: Position(2, 0.5), THREE: Position(3, 9.0)})
    slate.see((ONE, TWO))

    assert slate.novelty == 3.5


def test_positions_know_rank_and_surprise_from_the_decision_alone() -> None:
    names = ("rating", "popularity")
    decision = a_decision(
        actions=tuple(an_action(number) for number in (0, 2, 4)),
        slate=tuple(
            Slot(position=place, product_id=ProductId(product), propensity=0.5, explored=False)
            for place, product in enumerate(("p2", "p4", "p0"))
        ),
        frame=Frame(
            priors=tuple(PriorTerm(name=name, weight=0.5, total=1.0) for name in names),
            normaliser=1.0,
            scale=1.0,
        ),
    )

    positions = positions_of(ShownDecision.of(decision, None))

    assert {product_id: at.rank for product_id, at in positions.items()} == {
        "p2": 1,
        "p4": 2,
        "p0": 3,
    }
    assert positions[ProductId("p2")].novelty == pytest.approx(-log2(POPULARITY["p2"]))
    assert positions[ProductId("p0")].novelty == pytest.approx(-log2(0.1))
    # Nobody has interacted with p4.
    assert positions[ProductId("p4")].novelty == pytest.approx(-log2(LEAST_POPULARITY))


def test_a_sum_is_exact_whatever_the_order_in_which_a_process_holds_the_seen() -> None:
    products = [ProductId(f"product-{number}") for number in range(10)]
    slate = SeenSlate({product: Position(1, 0.1) for product in products})
    slate.see(products)

    assert slate.novelty == 1.0, "added one after the other they come to 0.9999999999999999"
