"""The action set: the union of precomputed lists, filled in a fixed order, never a query."""

from collections.abc import Iterable, Iterator, Sequence

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
ENOUGH = 40
"""A set that the lists leave smaller than this is filled up with the most popular."""

Sources = dict[str, list[ActionSource]]


def action_set(
    evidence: Sequence[Evidence], context: Context, visible_lists: VisibleLists, maximum: int
) -> Sources:
    """Return at most `maximum` ids in fill order, each with the sets that named it."""
    found: Sources = {}
    for source, product_id in _in_fill_order(evidence, context, visible_lists):
        if product_id in found:
            if source not in found[product_id]:
                found[product_id].append(source)
        elif len(found) < maximum:
            found[product_id] = [source]
    for member in visible_lists.read((PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE)):
        if len(found) >= min(ENOUGH, maximum):
            break
        found.setdefault(member.member_id, [ActionSource.POPULAR])
    return found


def _in_fill_order(
    evidence: Sequence[Evidence], context: Context, visible_lists: VisibleLists
) -> Iterator[tuple[ActionSource, str]]:
    products = [event for event in evidence if event.type is not EventType.CATEGORY_VIEW]
    acted_on = (event.subject for event in products if event.type.is_interaction)
    subjects = list(dict.fromkeys(acted_on))
    for number, product_id in enumerate(subjects[: 1 + OLDER_PRODUCTS]):
        count = FROM_OLDER if number else FROM_NEWEST
        members = visible_lists.read((PriorTable.PRODUCT_AFFINITY, product_id))[:count]
        yield from ((ActionSource.AFFINITY, member.member_id) for member in members)
    seen = dict.fromkeys([*subjects, *(event.subject for event in products)])
    recent = visible_lists.visible_among(list(seen))[:PER_LIST]
    yield from ((ActionSource.RECENT, product_id) for product_id in recent)
    for source, key in _lists(context):
        members = visible_lists.read(key)[:PER_LIST]
        yield from ((source, member.member_id) for member in members)


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
