"""Rows over a small shop: what each strategy lists, and what its decision keeps."""

from dataclasses import replace
from datetime import timedelta

import pytest

from personalization.catalogue.columns.filter_columns import FilterColumns
from personalization.decisions.decision_record import decode_record, encode_record
from personalization.decisions.packed_record import PACKED
from personalization.domain.asked import Strategy
from personalization.domain.event import EventType
from personalization.domain.identifiers import EventId, ProductId
from personalization.domain.session import Session
from personalization.policies.placement import Placement
from personalization.policies.spec import PolicySpec
from personalization.recommendations.request import RankRequest, RowRequest
from personalization.recommendations.row_maker import RowMaker
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.session import a_session
from tests.builders.shops.small_shop import SmallShop, a_small_shop

LIFE = timedelta(hours=48)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    return a_small_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def maker(shop: SmallShop) -> RowMaker:
    columns = FilterColumns(shop.stored_catalogue)
    columns.refresh()
    return RowMaker(shop.decider, columns, LIFE)


def a_row(strategy: Strategy, size: int = 3, **asked: object) -> RowRequest:
    placement = Placement(
        name=strategy.value.replace("_", "-"),
        size=size,
        policy=PolicySpec.parse("epsilon-greedy:epsilon=0"),
    )
    return replace(RowRequest(placement=placement, strategy=strategy), **asked)  # type: ignore[arg-type]


def a_visitor() -> Session:
    return a_session(recent=(), seen=(), interaction_count=0, region=None)


def test_the_popular_row_is_in_the_order_of_its_list(maker: RowMaker) -> None:
    [row] = maker.page(a_visitor(), [a_row(Strategy.POPULAR)], NOON)

    assert [item.product_id for item in row.items] == ["shirt-1", "skirt-1", "shirt-2"]
    assert [item.slot for item in row.items] == [0, 1, 2]
    assert [item.propensity for item in row.items] == [1.0, 1.0, 1.0]
    assert (row.strategy, row.fell_back_from, row.short) == (Strategy.POPULAR, None, None)
    assert {item.reason for item in row.items} == {"Among the most popular"}


def test_what_is_personal_to_nobody_says_that_it_fell_back(maker: RowMaker) -> None:
    [row] = maker.page(a_visitor(), [a_row(Strategy.PERSONAL)], NOON)
    [after_view] = maker.page(a_session(region=None), [a_row(Strategy.PERSONAL)], NOON)

    assert (row.strategy, row.fell_back_from) == (Strategy.POPULAR, Strategy.PERSONAL)
    assert (after_view.strategy, after_view.fell_back_from) == (Strategy.PERSONAL, None)
    assert after_view.title == "Because you viewed Shirt 1"


def test_no_product_is_in_two_rows_of_a_page(maker: RowMaker) -> None:
    rows = [a_row(Strategy.POPULAR), a_row(Strategy.PERSONAL), a_row(Strategy.TRENDING)]

    first, second, third = maker.page(a_visitor(), rows, NOON)

    shown = [item.product_id for row in (first, second) for item in row.items]
    assert len(shown) == len(set(shown)) == 6
    assert third.items == ()
    assert third.record is None
    assert third.short == "There is 1 product: 1 shown already."


def test_a_row_and_a_ranked_list_are_kept_whole_and_packed(maker: RowMaker) -> None:
    [row] = maker.page(a_session(), [a_row(Strategy.PERSONAL)], NOON)
    placement = a_row(Strategy.PERSONAL, size=500).placement
    ids = tuple(map(ProductId, ("skirt-3", "shirt-2", "nothing", "shirt-2", "skirt-1")))
    ranked = maker.rank(
        a_session(), RankRequest(placement=placement, product_ids=ids, scores={ids[0]: 2.0}), NOON
    )

    for record in (row.record, ranked.record):
        assert record is not None
        assert encode_record(record)[:1] == PACKED
        assert decode_record(encode_record(record)) == record
    assert ranked.unknown == ("nothing",)
    assert sorted(item.product_id for item in ranked.items) == ["shirt-2", "skirt-1", "skirt-3"]
    assert [item.slot for item in ranked.items] == [0, 1, 2]
    assert ranked.record is not None
    assert len(ranked.record.decision.slate) == 3


def test_what_was_shown_twice_and_left_alone_gives_way(shop: SmallShop, maker: RowMaker) -> None:
    session = a_visitor()
    for number in range(2):
        impression = an_event(
            event_id=EventId(f"impression-{number}"),
            type=EventType.IMPRESSION,
            product_ids=(ProductId("shirt-1"),),
            slots=(0,),
            region=None,
        )
        [before] = maker.page(session, [a_row(Strategy.POPULAR)], NOON)
        assert before.items[0].product_id == "shirt-1"
        session, _ = take(session, impression, shop.catalogue.products(impression.product_ids))

    [after] = maker.page(session, [a_row(Strategy.POPULAR, size=6)], NOON)
    view = an_event(event_id=EventId("view"), product_ids=(ProductId("shirt-1"),))
    looked, _ = take(session, view, shop.catalogue.products(view.product_ids))
    [again] = maker.page(looked, [a_row(Strategy.POPULAR)], NOON)

    assert after.items[-1].product_id == "shirt-1"
    assert again.items[0].product_id == "shirt-1"
    assert after.record is not None
    assert after.record.decision.frame.adjustments == ("fatigue",)
