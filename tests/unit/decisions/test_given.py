"""A row's decision depends on its set of products and on its terms, whatever order they came in."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from personalization.codec.json_codec import DECISION
from personalization.decisions.decision_maker import DecisionMaker
from personalization.decisions.given import by_terms, settle
from personalization.domain.asked import Term
from personalization.domain.identifiers import ProductId
from personalization.domain.session import Session
from personalization.domain.tuning import Tuning
from tests.builders.asked_rows import SIMILAR, a_row
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import SHIRTS, SKIRTS, a_small_shop

PRODUCTS = (*SHIRTS, *SKIRTS)


@pytest.fixture
def decider(tmp_path: Path) -> DecisionMaker:
    return a_small_shop(tmp_path).decider.with_tuning(Tuning(mantissa_bits=8))


def test_the_order_in_which_a_set_was_filled_says_nothing(decider: DecisionMaker) -> None:
    session = Session.start(an_event())
    strengths = dict(zip(PRODUCTS, (0.1, 0.7, 1 / 3, 0.9, 0.2, 0.1), strict=True))
    found = set()
    for seed in range(10):
        products = Random(seed).sample(PRODUCTS, len(PRODUCTS))
        given = a_row(products, strengths=strengths)
        found.add(DECISION.encode(decider.decide_on(session, given, NOON)))

    assert len(found) == 1


def test_products_come_in_the_order_of_the_terms_and_of_ids_where_they_say_the_same() -> None:
    given = a_row(PRODUCTS, strengths={"skirt-2": 0.5, "shirt-3": 0.25})

    ordered = by_terms(dict(given.sources.items()), given.terms)

    assert list(ordered) == ["skirt-2", "shirt-3", "shirt-1", "shirt-2", "skirt-1", "skirt-3"]
    assert ordered == given.sources


@pytest.mark.parametrize("bits", [4, 8, 16, 52])
def test_rounding_twice_changes_nothing(bits: int) -> None:
    chance = Random(3)
    strengths = {ProductId(f"p{n}"): chance.expovariate(1) * 10 ** (n % 9 - 5) for n in range(200)}
    given = replace(a_row(["p1"]), terms=(Term(SIMILAR, 0.25, strengths),))

    first = settle(given, bits)
    second = settle(first, bits)

    assert second == first
    assert first.asked.term_shares == ((SIMILAR, 0.25),)
    for product, strength in first.terms[0].strengths.items():
        assert strength == pytest.approx(strengths[product], rel=2.0**-bits)


def test_what_a_decision_keeps_of_a_term_is_what_it_was_made_of(decider: DecisionMaker) -> None:
    given = a_row(PRODUCTS, strengths={"shirt-2": 1 / 3, "skirt-3": 1 / 7})

    decision = decider.decide_on(Session.start(an_event()), given, NOON + timedelta(seconds=1))

    place = [term.name for term in decision.frame.priors].index(SIMILAR)
    kept = {action.product_id: dict(action.ingredients.strengths) for action in decision.actions}
    settled = settle(given, 8).terms[0].strengths
    assert {product: of[place] for product, of in kept.items() if place in of} == settled
