"""The action set: the union of precomputed lists, filled in a fixed order, never a query."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from personalization.domain.context import Context
from personalization.domain.decision import ActionSource, Evidence
from personalization.domain.event import EventType
from personalization.domain.prior import (
    GLOBAL_SCOPE,
    PriorKey,
    PriorTable,
    region_scope,
    season_scope,
)
from personalization.merchandising.visible_lists import VisibleLists

FROM_NEWEST = 60
"""Products that may follow the newest one."""
FROM_OLDER = 10
"""Products that may follow each of the older ones."""
OLDER_PRODUCTS = 4
PER_LIST = 10
"""Members taken of each list that is not about the session's products."""
STRONGEST_CATEGORIES = 2
FROM_NEIGHBOURS = 60
ENOUGH = 40
"""A set that the lists leave smaller than this is filled up with the most popular."""

Sources = dict[str, tuple[ActionSource, ...]]


NO_NEIGHBOURS: Sequence[str] = ()


def action_set(
    evidence: Sequence[Evidence],
    context: Context,
    visible_lists: VisibleLists,
    maximum: int,
    neighbours: Sequence[str] = NO_NEIGHBOURS,
    left_out: Collection[ActionSource] = (),
) -> Sources:
    """Return at most `maximum` ids in fill order, each with the sets that named it.

    `neighbours` is what neighbours of the session saw, best first, as far as it may be shown.
    Nothing is taken of the sources left out, but to fill up a small set.
    """
    found: Sources = {}
    room = maximum
    for source, product_ids in _in_fill_order(evidence, context, visible_lists, neighbours):
        if source in left_out:
            continue
        alone = (source,)
        for product_id in product_ids:
            if product_id in found:
                if source not in found[product_id]:
                    found[product_id] += alone
            elif room > 0:
                found[product_id] = alone
                room -= 1
    if len(found) < min(ENOUGH, maximum):
        _fill_up(found, visible_lists, min(ENOUGH, maximum))
    return found


def _fill_up(found: Sources, visible_lists: VisibleLists, enough: int) -> None:
    for product_id in visible_lists.member_ids((PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE)):
        if len(found) >= enough:
            break
        found.setdefault(product_id, (ActionSource.POPULAR,))


def _in_fill_order(
    evidence: Sequence[Evidence],
    context: Context,
    visible_lists: VisibleLists,
    neighbours: Sequence[str],
) -> Iterator[tuple[ActionSource, Sequence[str]]]:
    products = [event for event in evidence if event.type is not EventType.CATEGORY_VIEW]
    acted_on = [event.subject for event in products if event.type.is_interaction]
    subjects = list(dict.fromkeys(acted_on))
    seen = dict.fromkeys([*subjects, *[event.subject for event in products]])
    recent = visible_lists.visible_among(list(seen))[:PER_LIST]
    yield from _followers(subjects[:1], visible_lists, FROM_NEWEST)
    if neighbours:
        # Before the followers of older products, which would leave them no room.
        yield ActionSource.RECENT, recent
        yield ActionSource.NEIGHBOURS, neighbours[:FROM_NEIGHBOURS]
    yield from _followers(subjects[1 : 1 + OLDER_PRODUCTS], visible_lists, FROM_OLDER)
    yield ActionSource.RECENT, recent
    for source, key in _lists(context):
        yield source, visible_lists.member_ids(key)[:PER_LIST]
    yield ActionSource.NEIGHBOURS, neighbours[FROM_NEIGHBOURS:]


def _followers(
    subjects: Sequence[str], visible_lists: VisibleLists, count: int
) -> Iterator[tuple[ActionSource, Sequence[str]]]:
    for product_id in subjects:
        members = visible_lists.member_ids((PriorTable.PRODUCT_AFFINITY, product_id))
        yield ActionSource.AFFINITY, members[:count]


def _lists(context: Context) -> Iterable[tuple[ActionSource, PriorKey]]:
    for affinity in context.affinities[:STRONGEST_CATEGORIES]:
        yield ActionSource.CATEGORY, (PriorTable.CATEGORY_LEADERS, affinity.category_id)
    if context.region is not None:
        yield ActionSource.REGION, (PriorTable.POPULAR_PRODUCTS, region_scope(context.region))
    yield ActionSource.RATED, (PriorTable.RATED_PRODUCTS, GLOBAL_SCOPE)
    yield ActionSource.POPULAR, (PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE)
    yield ActionSource.SEASON, (PriorTable.POPULAR_PRODUCTS, season_scope(context.season))
    yield ActionSource.TRENDING, (PriorTable.TRENDING, GLOBAL_SCOPE)
    yield ActionSource.NEW, (PriorTable.NEW_ARRIVALS, GLOBAL_SCOPE)
