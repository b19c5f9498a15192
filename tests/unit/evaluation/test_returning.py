"""Returning shoppers are measured by the same queries, with and without their tastes."""

from pathlib import Path

import pytest

from evaluation.next_item import CUTOFF
from evaluation.returning import (
    ANONYMOUS,
    KNOWN,
    MOST_STEPS,
    RANKINGS,
    measure_returning,
    steps_of,
)
from personalization.domain.event import Event, EventType
from tests.builders.event import an_event
from tests.builders.shops.known_shopper import KNOWN as ANN
from tests.builders.shops.known_shopper import promote_tastes
from tests.builders.shops.small_shop import SmallShop, a_small_shop


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    made = a_small_shop(tmp_path)
    promote_tastes(made)
    return made


def _visit(*products: str, user_id: str | None = ANN) -> list[Event]:
    return [
        an_event(event_id=f"e{number}", product_ids=(product,), user_id=user_id)
        for number, product in enumerate(products)
    ]


def test_the_first_page_and_each_next_product_are_asked_with_and_without_the_person(
    shop: SmallShop,
) -> None:
    found = measure_returning(
        shop.decider,
        shop.catalogue,
        [_visit("skirt-3", "shirt-2"), _visit("shirt-1", user_id=None)],
        1,
    )

    assert (found.people, found.visits, found.others) == (1, 1, 1)
    assert (found.first_page.queries, found.whole_visit.queries) == (1, 2)
    first = {name: found.first_page.resampled.estimates(name) for name in RANKINGS}
    assert first[KNOWN]["mean_reciprocal_rank"].value == 1.0
    assert first[ANONYMOUS]["mean_reciprocal_rank"].value < 1.0
    assert found.shares["taste_products"] == 0.3


def test_an_order_is_taken_line_by_line_and_each_of_its_lines_is_on_the_first_page(
    shop: SmallShop,
) -> None:
    order = an_event(
        type=EventType.CHECKOUT, product_ids=("skirt-3", "shirt-2", "shirt-1"), user_id=ANN
    )
    found = measure_returning(shop.decider, shop.catalogue, [[order]], 1)

    assert (found.first_page.queries, found.whole_visit.queries) == (3, 3)
    many = [an_event(type=EventType.CHECKOUT, product_ids=tuple(f"p{n}" for n in range(40)))]
    assert len(steps_of(many)) == MOST_STEPS == CUTOFF


def test_nobody_known_is_said(shop: SmallShop) -> None:
    with pytest.raises(LookupError, match="whom the night knows"):
        measure_returning(shop.decider, shop.catalogue, [_visit("shirt-1", user_id="bob")], 1)
