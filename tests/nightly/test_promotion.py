"""What is promoted, what is only kept, and what is refused beside the active generation."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from nightly.night import NightOptions
from personalization.domain.errors import GenerationRejectedError
from personalization.domain.prior import Generation
from personalization.priors.promotion import check_concentration, check_size, decide_promotion
from personalization.priors.warehouse import (
    BACKFILL,
    COVERED_PRODUCTS,
    INTERACTIONS,
    LARGEST_SHARE,
    SHOPPERS,
)
from tests.builders.generation import a_generation
from tests.builders.product import a_product
from tests.nightly.hand_made_night import TODAY, finish, make_night, stores_of


def _ends_on(day: date) -> Generation:
    return a_generation(generation_id=f"ends-{day}", run_date=day)


@pytest.mark.parametrize(("days", "promoted"), [(1, True), (0, True), (-1, False), (-400, False)])
def test_a_night_is_promoted_unless_it_ends_before_the_active_one(
    days: int, *, promoted: bool
) -> None:
    active, made = _ends_on(TODAY), _ends_on(TODAY + timedelta(days=days))
    later = TODAY + timedelta(days=30)
    assert decide_promotion(made, active, later, asked=False).promoted is promoted
    assert decide_promotion(made, active, later, asked=True).promoted


def test_the_first_night_is_promoted_whichever_day_it_ends_on() -> None:
    assert decide_promotion(_ends_on(date(2008, 4, 1)), None, TODAY, asked=False).promoted


def test_an_active_generation_of_the_future_keeps_nothing_out() -> None:
    made, active = _ends_on(TODAY - timedelta(days=1)), _ends_on(date(2099, 1, 1))
    assert decide_promotion(made, active, TODAY, asked=False).promoted


def test_a_generation_without_interactions_gives_way_to_a_past_that_was_imported_after_it() -> None:
    made, empty = (
        _ends_on(TODAY - timedelta(days=9)),
        replace(_ends_on(TODAY), parameters={INTERACTIONS: "0"}),
    )
    assert decide_promotion(made, empty, TODAY, asked=False).promoted


def test_what_is_kept_back_is_said_with_both_days_and_how_to_promote_it() -> None:
    outcome = decide_promotion(_ends_on(date(2025, 1, 1)), _ends_on(TODAY), TODAY, asked=False)
    assert "2025-01-01" in outcome.reason
    assert f"ends-{TODAY}" in outcome.reason
    assert "--promote" in outcome.reason


ACTIVE = a_generation(
    rows_by_table={
        "popular_products": 100,
        "product_affinity": 4000,
        "trending": 50,
        "bundles": 8,
        "session_index": 700,
    },
    parameters={COVERED_PRODUCTS: "1000", INTERACTIONS: "90000"},
)


def _like_active(**changes: int) -> Generation:
    """Return a generation like the active one, with some figures replaced."""
    figures = {COVERED_PRODUCTS: 1000, INTERACTIONS: 90000, **ACTIVE.rows_by_table, **changes}
    tables = {name: figures[name] for name in ACTIVE.rows_by_table}
    parameters = {name: str(figures[name]) for name in (COVERED_PRODUCTS, INTERACTIONS)}
    return a_generation(rows_by_table=tables, parameters=parameters)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"covered_products": 499}, "499 products with priors instead of 1,000"),
        ({"interactions": 12}, "12 interactions instead of 90,000"),
        ({"product_affinity": 0}, "0 rows of product_affinity instead of 4,000"),
        ({"session_index": 349}, "349 rows of session_index instead of 700"),
        ({"popular_products": 49}, "49 rows of popular_products instead of 100"),
    ],
)
def test_a_generation_that_shrank_is_refused_with_the_figures_and_the_way_round(
    changes: dict[str, int], fault: str
) -> None:
    with pytest.raises(GenerationRejectedError, match=fault) as refused:
        check_size(_like_active(**changes), ACTIVE, 0.5)
    assert "--accept-smaller" in str(refused.value)


@pytest.mark.parametrize(
    "changes", [{}, {"covered_products": 500, "interactions": 45000}, {"trending": 0, "bundles": 1}]
)
def test_what_varies_by_itself_is_no_shrinking(changes: dict[str, int]) -> None:
    check_size(_like_active(**changes), ACTIVE, 0.5)


def test_a_generation_of_an_earlier_release_is_compared_by_its_products() -> None:
    former = a_generation(
        rows_by_table={"popular_products": 100}, parameters={COVERED_PRODUCTS: "10"}
    )
    check_size(_like_active(popular_products=10), former, 0.5)
    with pytest.raises(GenerationRejectedError, match="4 products with priors"):
        check_size(_like_active(covered_products=4), former, 0.5)


def test_the_first_generation_has_nothing_to_be_compared_with() -> None:
    check_size(_like_active(covered_products=0), None, 1.0)


@pytest.mark.parametrize(
    ("shoppers", "share", "refused"),
    [("20", "0.26", True), ("20", "0.25", False), ("19", "0.9", False)],
)
def test_a_generation_that_one_shopper_made_is_refused(
    shoppers: str, share: str, *, refused: bool
) -> None:
    made = a_generation(parameters={SHOPPERS: shoppers, LARGEST_SHARE: share})
    if not refused:
        check_concentration(made, 0.25)
        return
    with pytest.raises(GenerationRejectedError, match=r"20 shoppers made 26% .*SHOPPER_SHARE"):
        check_concentration(made, 0.25)


def test_a_backfill_is_kept_beside_the_active_generation_until_it_is_asked_for(
    home: Path, formulas: Path
) -> None:
    live = make_night(home, formulas, NightOptions())
    assert finish(live)
    past = NightOptions(run_date=TODAY - timedelta(days=20))
    kept = make_night(home, formulas, past, products="a")
    assert not finish(kept)
    with stores_of(home) as stores:
        active, generations = stores.priors.active(), stores.priors.generations()
    assert active is not None
    assert active.generation_id == live.generation_id
    [backfill] = [made for made in generations if made.generation_id == kept.generation_id]
    assert backfill.parameters[BACKFILL] == "true"
    assert (home / "warehouse" / "generations" / kept.generation_id).is_dir()

    asked = NightOptions(run_date=past.run_date, promote=True)
    again = make_night(home, formulas, asked, products="a")
    assert finish(again)
    with stores_of(home) as stores:
        active = stores.priors.active()
    assert active is not None
    assert active.generation_id == again.generation_id == kept.generation_id
    assert BACKFILL not in active.parameters


def test_a_night_that_served_is_no_backfill_when_it_is_made_again(
    home: Path, formulas: Path
) -> None:
    yesterday = NightOptions(run_date=TODAY - timedelta(days=1))
    served = make_night(home, formulas, yesterday)
    assert finish(served)
    assert finish(make_night(home, formulas, NightOptions()))
    assert not finish(make_night(home, formulas, yesterday))
    with stores_of(home) as stores:
        generations = stores.priors.generations()
    [again] = [made for made in generations if made.generation_id == served.generation_id]
    assert BACKFILL not in again.parameters


def test_a_smaller_generation_is_refused_until_it_is_accepted(home: Path, formulas: Path) -> None:
    with stores_of(home) as stores:
        stores.catalogue.write_products(
            [a_product(product_id=item, category_id="shirts") for item in "cdef"]
        )
    assert finish(make_night(home, formulas, NightOptions(), products="abcdef"))
    with pytest.raises(GenerationRejectedError, match="2 products with priors instead of 6"):
        finish(make_night(home, formulas, NightOptions()))
    assert finish(make_night(home, formulas, NightOptions(accept_smaller=True)))
