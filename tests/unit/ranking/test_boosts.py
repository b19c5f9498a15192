"""Content boosts over a small shop, with numbers worked out by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from personalization.domain.decision import Decision
from personalization.domain.identifiers import GenerationId, ProductId
from personalization.domain.prior import PriorTable, RankedMember
from personalization.domain.session import Session
from personalization.domain.tuning import Tuning
from personalization.explanations.contributions import contributions
from personalization.ranking.boosts import content_boosts
from tests.builders.event import an_event
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import PRIORS, SmallShop, a_small_shop

SHIRT_1, SHIRT_2, SHIRT_3 = (ProductId(f"shirt-{number}") for number in (1, 2, 3))
SKIRT_3 = ProductId("skirt-3")
RATINGS = {SHIRT_1: 0.5, SHIRT_2: 0.7, SKIRT_3: 0.9}
SECOND_NIGHT = GenerationId("generation-2")


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    """Return a shop whose second night brought ratings and a new arrival."""
    shop = a_small_shop(tmp_path)
    tables = dict(PRIORS)
    for product, rating in RATINGS.items():
        key = (PriorTable.PRODUCT_PRIORS, product)
        tables[key] = (*tables[key], RankedMember("rating", rating, 5.0, 9))
    tables[PriorTable.RATED_PRODUCTS, "global"] = (RankedMember(SKIRT_3, 0.9, 4.6, 9),)
    tables[PriorTable.NEW_ARRIVALS, "global"] = (RankedMember(SHIRT_3, 0.8, 6.0, 1),)
    shop.priors.write_many(SECOND_NIGHT, tables.items())
    shop.priors.register(a_generation(generation_id=SECOND_NIGHT))
    shop.priors.promote(SECOND_NIGHT)
    return shop


def decide(shop: SmallShop, tuning: Tuning) -> Decision:
    first_visit = replace(Session.start(an_event()), region=None)
    return shop.decider.with_tuning(tuning).decide(first_visit, NOON)


def test_each_boost_is_its_setting_times_a_strength_relative_to_the_whole_shop(
    shop: SmallShop,
) -> None:
    tuning = Tuning(boost_new=0.5, boost_rated=0.2, boost_viewed=0.1)

    boosts = content_boosts((SHIRT_2, SHIRT_3, SKIRT_3), shop.active_priors, tuning)

    # The mean rating of the two that have one is 0.8, the best of the shop 0.9. Shirt 1, with a
    # popularity of 1 the most viewed, is the measure of popularity without being among them.
    assert {adjustment.name: dict(adjustment.amounts) for adjustment in boosts} == {
        "boost:new": {SHIRT_3: pytest.approx(0.5 * 0.8)},
        "boost:rated": {SKIRT_3: pytest.approx(0.2)},
        "boost:viewed": {
            SHIRT_2: pytest.approx(0.05),
            SHIRT_3: pytest.approx(0.02),
            SKIRT_3: pytest.approx(0.01),
        },
    }


def test_a_product_without_ratings_is_not_badly_rated(shop: SmallShop) -> None:
    (boost,) = content_boosts(
        (SHIRT_1, SHIRT_3, SKIRT_3), shop.active_priors, Tuning(boost_rated=1)
    )

    assert boost.amounts.get(SHIRT_1) == boost.amounts.get(SHIRT_3) is None


def test_boosts_whose_priors_are_missing_move_nothing(tmp_path: Path) -> None:
    shop = a_small_shop(tmp_path)

    assert (
        decide(shop, Tuning(boost_new=1, boost_rated=1)).actions == decide(shop, Tuning()).actions
    )


def test_a_boost_brings_its_product_up_and_the_scores_still_add_up(shop: SmallShop) -> None:
    decision = decide(shop, Tuning(boost_new=2.0, boost_viewed=0.5, diversity=0.3))

    assert decide(shop, Tuning()).actions[0].product_id == SHIRT_1
    assert decision.actions[0].product_id == SHIRT_3
    assert decision.frame.adjustments == ("boost:new", "boost:viewed", "diversity")
    assert decision.tuning.boost_new == 2.0
    for action in decision.actions:
        parts = contributions(decision, action)
        assert sum(part.amount for part in parts) == pytest.approx(action.score, abs=1e-9)


def test_most_viewed_products_go_down_where_their_boost_is_below_0(shop: SmallShop) -> None:
    best = decide(shop, Tuning(boost_viewed=-2.0)).actions[0].product_id

    assert best == SKIRT_3
