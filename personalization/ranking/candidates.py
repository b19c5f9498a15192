"""The action set: the union of precomputed lists, filled in a fixed order, never a query."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from personalization.domain.context import Context, Season
from personalization.domain.decision import ActionSource, Evidence
from personalization.domain.identifiers import CategoryId, Region
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

FROM_TASTES = 30
"""Places of a set that the session's products leave to what a known person likes."""

_TASTES = frozenset({ActionSource.USER_PRODUCTS, ActionSource.USER_CATEGORIES})
Sources = dict[str, tuple[ActionSource, ...]]
Lists = Sequence[tuple[ActionSource, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class VisitLists:
    """What only this visit brings."""

    neighbours: Sequence[str] = ()
    """What neighbours of the session saw, best first, as far as it may be shown."""
    tastes: Lists = ()
    """Of a known person."""


def action_set(
    evidence: Sequence[Evidence],
    context: Context,
    visible_lists: VisibleLists,
    maximum: int,
    of_visit: VisitLists,
    left_out: Collection[ActionSource] = (),
) -> Sources:
    """Return at most `maximum` ids in fill order, each with the sets that named it.

    Nothing is taken of the sources left out, but to fill up a small set.
    """
    found: Sources = {}
    neighbours, tastes = of_visit.neighbours, of_visit.tastes
    of_session = _of_session(evidence, visible_lists, neighbours)
    if tastes:
        _add(found, of_session, maximum - FROM_TASTES, left_out)
        _add(found, tastes, maximum, left_out)
    _add(found, of_session, maximum, left_out)
    room = maximum - len(found)
    for product_id, sources in _of_context(context, visible_lists, left_out).items():
        # None of these sources is one of the session's or of tastes.
        if product_id in found:
            found[product_id] += sources
        elif room > 0:
            found[product_id] = sources
            room -= 1
    _add(found, [(ActionSource.NEIGHBOURS, neighbours[FROM_NEIGHBOURS:])], maximum, left_out)
    # A known person is offered what everybody is, and their own beside it.
    own = sum(map(_TASTES.issuperset, found.values())) if tastes else 0
    enough = min(ENOUGH + own, maximum)
    if len(found) < enough:
        _fill_up(found, visible_lists, enough)
    return found


def _add(
    found: Sources,
    lists: Lists,
    maximum: int,
    left_out: Collection[ActionSource],
) -> None:
    room = maximum - len(found)
    for source, product_ids in lists:
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


def _fill_up(found: Sources, visible_lists: VisibleLists, enough: int) -> None:
    for product_id in visible_lists.member_ids((PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE)):
        if len(found) >= enough:
            break
        found.setdefault(product_id, (ActionSource.POPULAR,))


def _of_session(
    evidence: Sequence[Evidence], visible_lists: VisibleLists, neighbours: Sequence[str]
) -> list[tuple[ActionSource, Sequence[str]]]:
    """Return the lists of what was acted on, in the order in which they fill the set."""
    acted_on = [event.subject for event in evidence if event.type.is_of_product]
    looked_at = [event.subject for event in evidence if event.type.is_attention]
    subjects = list(dict.fromkeys(acted_on))
    recent = visible_lists.visible_among(list(dict.fromkeys([*subjects, *looked_at])))[:PER_LIST]
    lists = _followers(subjects[:1], visible_lists, FROM_NEWEST)
    if neighbours:
        # Before the followers of older products, which would leave them no room.
        lists += (
            (ActionSource.RECENT, recent),
            (ActionSource.NEIGHBOURS, neighbours[:FROM_NEIGHBOURS]),
        )
    lists += _followers(subjects[1 : 1 + OLDER_PRODUCTS], visible_lists, FROM_OLDER)
    return [*lists, (ActionSource.RECENT, recent)]


def _of_context(
    context: Context, visible_lists: VisibleLists, left_out: Collection[ActionSource]
) -> Mapping[str, tuple[ActionSource, ...]]:
    """Return what other lists name, in the order in which they fill the set."""
    strongest = tuple([of.category_id for of in context.affinities[:STRONGEST_CATEGORIES]])

    def read() -> Sources:
        found: Sources = {}
        keys = _lists(strongest, context.region, context.season)
        lists = [(source, visible_lists.member_ids(key)[:PER_LIST]) for source, key in keys]
        _add(found, lists, len(keys) * PER_LIST, left_out)
        return found

    if left_out:
        return read()
    return visible_lists.keep(("candidates", *strongest, context.region, context.season), read)


def _followers(
    subjects: Sequence[str], visible_lists: VisibleLists, count: int
) -> list[tuple[ActionSource, Sequence[str]]]:
    keys = [(PriorTable.PRODUCT_AFFINITY, product_id) for product_id in subjects]
    return [(ActionSource.AFFINITY, visible_lists.member_ids(key)[:count]) for key in keys]


def _lists(
    categories: Sequence[CategoryId], region: Region | None, season: Season
) -> list[tuple[ActionSource, PriorKey]]:
    popular = PriorTable.POPULAR_PRODUCTS
    leaders = [(PriorTable.CATEGORY_LEADERS, category_id) for category_id in categories]
    lists: list[tuple[ActionSource, PriorKey]] = [(ActionSource.CATEGORY, key) for key in leaders]
    if region is not None:
        lists.append((ActionSource.REGION, (popular, region_scope(region))))
    return [
        *lists,
        (ActionSource.RATED, (PriorTable.RATED_PRODUCTS, GLOBAL_SCOPE)),
        (ActionSource.POPULAR, (popular, GLOBAL_SCOPE)),
        (ActionSource.SEASON, (popular, season_scope(season))),
        (ActionSource.TRENDING, (PriorTable.TRENDING, GLOBAL_SCOPE)),
        (ActionSource.NEW, (PriorTable.NEW_ARRIVALS, GLOBAL_SCOPE)),
    ]
