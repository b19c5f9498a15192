"""From a call and the placement that it names to what is asked: the call's own words come first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from personalization.catalogue.filters.filter import EVERYTHING, AllOf, Filter
from personalization.domain.asked import Strategy
from personalization.domain.draw import HOME
from personalization.domain.errors import InvalidRowError
from personalization.domain.identifiers import CategoryId, ProductId, Region
from personalization.policies.placement import MOST_SLOTS, Cap, Placement
from personalization.policies.spec import PolicySpec
from personalization.recommendations.request import MOST_RANKED, RowRequest

DEFAULT_COUNT = 6
"""Of a row that is asked for without a placement: as many as `home` has without a setting."""
RANK = "rank"
"""The placement of a ranked list for which none is named, where the shop has one of that name."""
RANK_POLICY = PolicySpec.parse("epsilon-greedy:epsilon=0.02")
"""Of a list for which there is none: who searches wants what was found, not to be surprised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCall:
    """One row as a call has it; what is None is the placement's."""

    placement: str | None = None
    """None for a row that only names its strategy."""
    strategy: Strategy | None = None
    fallbacks: tuple[Strategy, ...] | None = None
    count: int | None = None
    title: str | None = None
    anchors: tuple[ProductId, ...] = ()
    category_id: CategoryId | None = None
    words: str = ""
    market: Region | None = None
    filter: Filter = EVERYTHING
    """Holds beside the placement's."""
    excluded: frozenset[ProductId] = frozenset()
    caps: tuple[Cap, ...] | None = None
    cursor: str = ""


def row_request(call: RowCall, placements: Sequence[Placement]) -> RowRequest:
    """Raise `InvalidRowError` for an unknown placement, or a count that no row has."""
    if call.placement is None and call.strategy is None:
        strategies = ", ".join(Strategy)
        raise InvalidRowError(f"Name a placement, or one of the strategies {strategies}.")
    placement = _placement(call.placement, call.strategy or Strategy.PERSONAL, placements)
    strategy = call.strategy or placement.strategy
    fallbacks = placement.fallbacks if call.fallbacks is None else call.fallbacks
    title = placement.title if call.title is None else call.title
    return RowRequest(
        placement=replace(placement, size=_count(call.count, placement.size), title=title),
        strategy=strategy,
        # One that was tried already finds nothing more.
        fallbacks=tuple(kind for kind in dict.fromkeys(fallbacks) if kind is not strategy),
        anchors=call.anchors,
        category_id=call.category_id,
        words=call.words,
        market=call.market,
        filter=both(placement.filter, call.filter),
        excluded=call.excluded,
        caps=placement.caps if call.caps is None else call.caps,
        cursor=call.cursor,
    )


def rank_placement(
    name: str | None, count: int | None, placements: Sequence[Placement]
) -> Placement:
    """Return what draws a list, all of it where no count is named; raises as a row does."""
    if count is not None and not 1 <= count <= MOST_RANKED:
        raise InvalidRowError(f"Of a list 1 to {MOST_RANKED} products are ranked, not {count}.")
    if name is None:
        default = Placement(name=RANK, policy=RANK_POLICY)
        placement = next((known for known in placements if known.name == RANK), default)
    else:
        placement = _placement_of(name, placements)
    return replace(placement, size=count or MOST_RANKED)


def strategy_of(text: str) -> Strategy:
    """Raise `InvalidRowError`."""
    try:
        return Strategy(text)
    except ValueError as error:
        known = ", ".join(Strategy)
        raise InvalidRowError(f"There is no strategy {text[:80]!r}. There are {known}.") from error


def both(first: Filter, second: Filter) -> Filter:
    parts = [part for part in (first, second) if part != EVERYTHING]
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _placement(name: str | None, strategy: Strategy, placements: Sequence[Placement]) -> Placement:
    if name is not None:
        return _placement_of(name, placements)
    policy = _home(placements).policy
    return Placement(name=strategy.value, size=DEFAULT_COUNT, policy=policy, strategy=strategy)


def _placement_of(name: str, placements: Sequence[Placement]) -> Placement:
    for placement in placements:
        if placement.name == name:
            return placement
    known = ", ".join(placement.name for placement in placements)
    raise InvalidRowError(
        f"There is no placement {name[:80]!r}. There are {known}; a row without a placement names "
        "a strategy."
    )


def _home(placements: Sequence[Placement]) -> Placement:
    return next((known for known in placements if known.name == HOME), Placement())


def _count(count: int | None, default: int) -> int:
    if count is None:
        return default
    if not 1 <= count <= MOST_SLOTS:
        raise InvalidRowError(
            f"A row has 1 to {MOST_SLOTS} products, not {count}; its cursor asks for more."
        )
    return count
