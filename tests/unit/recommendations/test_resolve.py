"""What a call says beats what its placement says, and filters hold together."""

from dataclasses import replace

import pytest

from personalization.catalogue.filters.filter import (
    EVERYTHING,
    AllOf,
    Condition,
    FieldComparison,
)
from personalization.domain.asked import Strategy
from personalization.domain.errors import InvalidRowError
from personalization.domain.identifiers import ProductId
from personalization.policies.placement import Cap, Placement
from personalization.policies.spec import PolicySpec
from personalization.recommendations.request import MOST_RANKED
from personalization.recommendations.resolve import (
    RowCall,
    rank_placement,
    row_request,
    strategy_of,
)

OURS = Condition("brand", FieldComparison.IS, ("Ours",))
CHEAP = Condition("price", FieldComparison.AT_MOST, (50.0,))
INSTEAD = Placement(
    name="instead",
    size=8,
    policy=PolicySpec.parse("softmax"),
    title="Instead",
    strategy=Strategy.SIMILAR,
    fallbacks=(Strategy.CATEGORY, Strategy.POPULAR),
    filter=OURS,
    caps=(Cap(field="brand", most=2),),
    on_profile=False,
)
PLACEMENTS = (Placement(policy=PolicySpec.parse("popularity")), INSTEAD)


def test_what_a_call_leaves_open_is_the_placements() -> None:
    anchors = (ProductId("shirt-1"),)
    request = row_request(RowCall(placement="instead", anchors=anchors), PLACEMENTS)

    assert request.placement == INSTEAD
    assert (request.strategy, request.fallbacks) == (INSTEAD.strategy, INSTEAD.fallbacks)
    assert (request.filter, request.caps, request.anchors) == (OURS, INSTEAD.caps, anchors)


def test_what_a_call_says_beats_the_placement_and_filters_hold_together() -> None:
    call = RowCall(
        placement="instead", strategy=Strategy.POPULAR, count=3, title="", filter=CHEAP, caps=()
    )
    request = row_request(call, PLACEMENTS)

    assert (request.placement.size, request.placement.title) == (3, "")
    assert (request.strategy, request.fallbacks) == (Strategy.POPULAR, (Strategy.CATEGORY,))
    assert (request.filter, request.caps) == (AllOf((OURS, CHEAP)), ())


def test_a_row_without_a_placement_is_drawn_as_home_is() -> None:
    request = row_request(RowCall(strategy=Strategy.NEW), PLACEMENTS)

    assert (request.placement.name, request.placement.size) == ("new", 6)
    assert str(request.placement.policy) == "popularity:epsilon=0.02"
    assert (request.strategy, request.filter) == (Strategy.NEW, EVERYTHING)


def test_a_list_is_drawn_whole_by_its_placement_and_hardly_explored_without_one() -> None:
    assert rank_placement("instead", None, PLACEMENTS) == replace(INSTEAD, size=MOST_RANKED)
    search = rank_placement(None, 20, PLACEMENTS)
    assert (search.name, search.size) == ("rank", 20)
    assert str(search.policy) == "epsilon-greedy:epsilon=0.02"
    own = replace(INSTEAD, name="rank")
    assert rank_placement(None, None, [own]).policy == own.policy
    with pytest.raises(InvalidRowError, match="1 to 500"):
        rank_placement(None, MOST_RANKED + 1, PLACEMENTS)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (RowCall(), "Name a placement, or one of the strategies personal"),
        (RowCall(placement="beside"), "no placement 'beside'. There are home, instead"),
        (RowCall(placement="home", count=0), "1 to 50 products, not 0"),
        (RowCall(strategy=Strategy.NEW, count=51), "cursor"),
    ],
)
def test_what_no_row_can_be_is_refused_with_what_to_do(call: RowCall, why: str) -> None:
    with pytest.raises(InvalidRowError, match=why):
        row_request(call, PLACEMENTS)


def test_an_unknown_strategy_is_answered_with_those_there_are() -> None:
    assert strategy_of("buy_again") is Strategy.BUY_AGAIN
    with pytest.raises(InvalidRowError, match=r"no strategy 'best'\. There are personal, similar"):
        strategy_of("best")
