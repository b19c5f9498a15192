"""What a list and a page cost, in calls of functions: these are the same on every machine."""

import sys
from collections.abc import Callable
from datetime import timedelta
from types import FrameType

import pytest

from personalization.catalogue.columns.filter_columns import FilterColumns
from personalization.domain.asked import Strategy
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.policies.placement import Placement
from personalization.policies.spec import PolicySpec
from personalization.recommendations.request import RankRequest, RowRequest
from personalization.recommendations.row_maker import RowMaker
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.session import a_session
from tests.builders.shops.small_shop import a_small_shop, promote_with_index

PRODUCTS = [ProductId(f"hit-{number}") for number in range(500)]
GREEDY = PolicySpec.parse("epsilon-greedy:epsilon=0.02")
CALLS_OF_A_PRODUCT = 2
"""Its chance, and what is left for those that were explored."""
CALLS_OF_A_ROW = {Strategy.PERSONAL: 2_400, Strategy.SIMILAR: 1_000, Strategy.POPULAR: 1_100}
"""A hundred products of one category, of which a personal row leaves half to others."""


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> RowMaker:
    shop = a_small_shop(tmp_path_factory.mktemp("shop"))
    shirts = CategoryId("shirts")
    shop.stored_catalogue.write_products(
        [a_product(product_id=product, category_id=shirts) for product in PRODUCTS]
    )
    promote_with_index(shop)
    columns = FilterColumns(shop.stored_catalogue)
    columns.refresh()
    return RowMaker(shop.decider, columns, timedelta(hours=48))


def calls_of(make: Callable[[], object]) -> int:
    """Return the calls of the second time: what the first one reads stays."""
    make()
    calls = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        make()
    finally:
        sys.setprofile(before)
    return calls


def test_a_longer_list_costs_a_call_or_two_for_each_product(maker: RowMaker) -> None:
    def calls(count: int) -> int:
        ids = tuple(PRODUCTS[:count])
        scores = {product: float(count - place) for place, product in enumerate(ids)}
        placement = Placement(name="rank", size=count, policy=GREEDY)
        asked = RankRequest(placement=placement, product_ids=ids, scores=scores)
        return calls_of(lambda: maker.rank(a_session(region=None), asked, NOON))

    assert calls(500) - calls(200) <= CALLS_OF_A_PRODUCT * 300


@pytest.mark.parametrize("strategy", CALLS_OF_A_ROW)
def test_a_row_costs_no_more_than_so_many_calls(maker: RowMaker, strategy: Strategy) -> None:
    row = RowRequest(
        placement=Placement(name="home", size=6, policy=GREEDY),
        strategy=strategy,
        anchors=(ProductId("shirt-1"),),
    )

    calls = calls_of(lambda: maker.page(a_session(region=None), [row], NOON))

    assert calls <= CALLS_OF_A_ROW[strategy]
