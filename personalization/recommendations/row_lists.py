"""What each strategy lists, best first, before anything is filtered or excluded."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar, cast

from personalization.decisions.pinned import Pinned
from personalization.decisions.visit import VisitEvidence
from personalization.domain.asked import Strategy
from personalization.domain.decision import ActionSource
from personalization.domain.event import EventType
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.prior import GLOBAL_SCOPE, PriorKey, PriorTable
from personalization.domain.session import Session
from personalization.domain.tuning import VISIT_IGNORED
from personalization.ranking.candidates import Sources, VisitLists, action_set
from personalization.recommendations.made_lists import ListsOfNow
from personalization.recommendations.person import PersonVisits, Purchase
from personalization.recommendations.substitutes import (
    MOST_LISTED,
    bought_with,
    complements,
    likest,
    substitutes,
)

ROW_ACTIONS: Final = 100
"""Actions of a row, as a profile has them: what is beyond is for the next page."""
DUE_DAYS: Final = 30.0
"""Days after which what was bought is half due again: months, as for most of what is used up."""
_SPREAD = 4
"""Of ten popular products, so many may be of one category: the row shows the shop's breadth."""
_TEN, _HALF = 10, 5
"""What a row has at most of what another strategy's row shows."""
_Kind = TypeVar("_Kind", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowQuestion:
    """What a list may depend on."""

    visit: VisitEvidence
    session: Session
    person: PersonVisits
    pinned: Pinned
    lists: ListsOfNow
    now: datetime
    anchors: tuple[ProductId, ...] = ()
    categories: tuple[CategoryId, ...] = ()
    """The one that the row is about and all below it; none where it is about none."""

    @property
    def is_known(self) -> bool:
        """Whether anything is known of who looks, so that a list can be personal."""
        return bool(self.visit.evidence.pieces) or self.visit.tastes is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyKind:
    """How a strategy finds its products, and how far their order is the list's own."""

    listed: Callable[[RowQuestion], Sources]
    share: float
    """Of the list among the priors, below 1. Nearly 1 keeps the list's order."""
    evidence_halfway: float | None
    """k of the row; None for the one of profiles."""
    nothing: str
    """Why it finds nothing at all."""
    is_anchored: bool = False
    is_endless: bool = False
    """Whether others of the catalogue follow where its list ends, the most popular first: of the
    row's category, and what is similar of the anchors' own."""


def _ids(product_ids: Iterable[str], source: ActionSource) -> Sources:
    return dict.fromkeys(product_ids, (source,))


def _members(question: RowQuestion, table: PriorTable, source: ActionSource) -> Sources:
    return _ids(question.pinned.visible.member_ids((table, GLOBAL_SCOPE)), source)


def _personal(question: RowQuestion) -> Sources:
    visit, visible = question.visit, question.pinned.visible
    of_visit = VisitLists(
        visible.visible_among(visit.signals.candidates),
        () if visit.tastes is None else visit.tastes.lists(visible),
    )
    return action_set(visit.evidence.pieces, visit.context, visible, ROW_ACTIONS, of_visit)


def _similar(question: RowQuestion) -> Sources:
    anchors, pinned = question.anchors, question.pinned
    found = question.lists.keep(("similar", anchors), lambda: substitutes(anchors, pinned))
    known = question.pinned.catalogue.products(question.anchors)
    own = tuple(dict.fromkeys([product.category_id for product in known.values()]))
    leaders = set(list(_category(replace(question, categories=own)))[:_TEN])
    return _ids(_half_of(_unseen_first(found, question), leaders), ActionSource.NEIGHBOURS)


def unlike_category(
    product_ids: Sequence[ProductId], anchors: Sequence[ProductId], pinned: Pinned
) -> list[ProductId]:
    """Return products of the anchors' categories, the likest first, and not as `category` has them.

    They come in the order of the whole catalogue, where nobody has looked at any of them.
    """
    return _half_of(likest(anchors, product_ids, pinned), set(product_ids[:_TEN]))


def _complementary(question: RowQuestion) -> Sources:
    anchors, pinned = question.anchors, question.pinned
    found = question.lists.keep(("complementary", anchors), lambda: complements(anchors, pinned))
    together = _together(question)
    listed = _half_of(_of_categories(_unseen_first(found, question), pinned), together)
    popular = set(list(_popular(question))[:_TEN])
    if sum(product in popular for product in listed[:_TEN]) > _HALF:
        listed = _half_of(listed, popular.union(together))
    return _ids(listed, ActionSource.AFFINITY)


def _together(question: RowQuestion) -> Mapping[ProductId, float]:
    anchors, pinned = question.anchors, question.pinned
    return question.lists.keep(("together", anchors), lambda: bought_with(anchors, pinned))


def _bought_together(question: RowQuestion) -> Sources:
    found = list(_together(question))[:MOST_LISTED]
    known = question.pinned.catalogue.products([*question.anchors, *found])
    own = {known[anchor].category_id for anchor in question.anchors if anchor in known}
    alike = {product for product in known if known[product].category_id in own}
    return _ids(_half_of(found, alike), ActionSource.TOGETHER)


def _bundles(question: RowQuestion) -> Sources:
    """Return the rest of what the shop offers together with an anchor, at a saving."""
    anchors = set(question.anchors)
    offered = [
        product
        for offer in question.pinned.rules.rules.offers
        if not anchors.isdisjoint(offer.own_products)
        for product in offer.own_products
        if product not in anchors
    ]
    return _ids(offered[:MOST_LISTED], ActionSource.TOGETHER)


def _popular(question: RowQuestion) -> Sources:
    pinned = question.pinned
    ids = tuple(pinned.visible.member_ids((PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE)))
    spread = question.lists.keep(("popular", ids), lambda: _of_categories(ids, pinned))
    return _ids(spread, ActionSource.POPULAR)


def _of_categories(ids: Sequence[str], pinned: Pinned) -> list[ProductId]:
    """Return them with at most four of one category in each ten, as long as others follow."""
    known = pinned.catalogue.products(cast("Sequence[ProductId]", ids))
    kinds = {product: known[product].category_id for product in known}
    return _spread(list(known), dict.fromkeys(kinds.values(), _SPREAD), kinds)


def _half_of(product_ids: Sequence[ProductId], alike: Collection[str]) -> list[ProductId]:
    """Return them with at most half of each ten of those alike; it ends where others are lacking.

    A short row says so; a full one would show what another strategy's row does.
    """
    kinds = {product: product in alike for product in product_ids}
    if sum(kinds.values()) <= _HALF:
        return list(product_ids)
    spread = _spread(product_ids, {False: _TEN, True: _HALF}, kinds)
    excess = [place for place, product in enumerate(spread[:_TEN]) if kinds[product]][_HALF:]
    return spread[: excess[0]] if excess else spread


def _spread(
    product_ids: Sequence[ProductId],
    most: Mapping[_Kind, int],
    kinds: Mapping[ProductId, _Kind],
) -> list[ProductId]:
    """Return them in their order, but for those of a kind of which a ten has as many as it may.

    Each goes into the first ten that has room for it, which its kind's next one cannot go before.
    """
    tens = list[list[ProductId]]()
    last: dict[_Kind, tuple[int, int]] = {}
    """The ten that a kind was put into last, and how many of it are there."""
    for product in product_ids:
        kind = kinds[product]
        ten, count = last.get(kind, (0, 0))
        if count == most[kind]:
            ten, count = ten + 1, 0
        while ten < len(tens) and len(tens[ten]) == _TEN:
            ten, count = ten + 1, 0
        if ten == len(tens):
            tens.append([])
        tens[ten].append(product)
        last[kind] = ten, count + 1
    return [product for products in tens for product in products]


def _unseen_first(product_ids: Sequence[ProductId], question: RowQuestion) -> list[ProductId]:
    """Put behind what was viewed or bought: there are strategies for that."""
    seen = {event.product_id for event in question.session.recent}
    seen.update(question.person.viewed, [of.product_id for of in question.person.bought])
    if seen.isdisjoint(product_ids):
        return list(product_ids)
    unseen = [product for product in product_ids if product not in seen]
    return [*unseen, *[product for product in product_ids if product in seen]]


def _trending(question: RowQuestion) -> Sources:
    return _members(question, PriorTable.TRENDING, ActionSource.TRENDING)


def _new(question: RowQuestion) -> Sources:
    return _members(question, PriorTable.NEW_ARRIVALS, ActionSource.NEW)


def _recent_views(question: RowQuestion) -> Sources:
    acted_on = [
        event.product_id
        for event in question.session.recent
        if event.product_id is not None and event.type.is_of_product and event.reward >= 0
    ]
    bought = {purchase.product_id for purchase in question.person.bought}
    seen = [product for product in (*acted_on, *question.person.viewed) if product not in bought]
    return _ids(seen, ActionSource.RECENT)


def _buy_again(question: RowQuestion) -> Sources:
    """Return what was bought, by how often and by how far it is due.

    An amount of 1 for each time, times 1 - 2^(-days since / DUE_DAYS).
    """
    bought = {purchase.product_id: purchase for purchase in question.person.bought}
    for event in question.session.in_force():
        if event.type is EventType.CHECKOUT and event.product_id is not None:
            before = bought.get(event.product_id)
            times = before.times + 1 if before else 1
            bought[event.product_id] = Purchase(event.product_id, event.occurred_at, times)

    def due(purchase: Purchase) -> float:
        days = max(0.0, (question.now - purchase.newest).total_seconds() / 86_400)
        return float(purchase.times * (1 - 2 ** (-days / DUE_DAYS)))

    ordered = sorted(bought.values(), key=lambda purchase: (-due(purchase), purchase.product_id))
    return _ids([purchase.product_id for purchase in ordered][:MOST_LISTED], ActionSource.BOUGHT)


def _category(question: RowQuestion) -> Sources:
    """Return the leaders of the categories, by their interactions, which compare across lists."""
    categories, pinned = question.categories, question.pinned
    found = question.lists.keep(("category", categories), lambda: _leaders(categories, pinned))
    return _ids(_unseen_first(found, question), ActionSource.CATEGORY)


def _leaders(categories: Sequence[CategoryId], pinned: Pinned) -> list[ProductId]:
    keys: list[PriorKey] = [(PriorTable.CATEGORY_LEADERS, of) for of in categories]
    values: dict[str, float] = {}
    for members in pinned.priors.read_many(keys).values():
        for member in members:
            values[member.member_id] = max(member.value, values.get(member.member_id, 0.0))
    best = sorted(values, key=lambda product: (-values[product], product))
    return [ProductId(product) for product in best[: 2 * MOST_LISTED]]


_ORDERED = 0.9999
"""What priors beside the list add is then less than the distance of two places of the list."""
MIXED: Final = 0.9
_NEVER, _HARDLY = VISIT_IGNORED, 200.0
"""One view weighs nothing, and half a percent."""

STRATEGIES: Mapping[Strategy, StrategyKind] = {
    Strategy.PERSONAL: StrategyKind(
        listed=_personal,
        share=0.0,
        evidence_halfway=None,
        nothing="Nothing is popular yet.",
        is_endless=True,
    ),
    Strategy.SIMILAR: StrategyKind(
        listed=_similar,
        share=_ORDERED,
        evidence_halfway=_NEVER,
        nothing="Nothing like it is known yet.",
        is_anchored=True,
        is_endless=True,
    ),
    Strategy.COMPLEMENTARY: StrategyKind(
        listed=_complementary,
        share=_ORDERED,
        evidence_halfway=_NEVER,
        nothing="Nothing of another category goes with it yet.",
        is_anchored=True,
    ),
    Strategy.BOUGHT_TOGETHER: StrategyKind(
        listed=_bought_together,
        share=MIXED,
        evidence_halfway=_HARDLY,
        nothing="Nothing was bought together with it yet.",
        is_anchored=True,
    ),
    Strategy.BUNDLES: StrategyKind(
        listed=_bundles,
        share=MIXED,
        evidence_halfway=_HARDLY,
        nothing="No bundle with it is offered.",
        is_anchored=True,
    ),
    Strategy.TRENDING: StrategyKind(
        listed=_trending,
        share=_ORDERED,
        evidence_halfway=_NEVER,
        nothing="Nothing is trending at the moment.",
    ),
    Strategy.POPULAR: StrategyKind(
        listed=_popular,
        share=_ORDERED,
        evidence_halfway=_NEVER,
        nothing="Nothing is popular yet.",
        is_endless=True,
    ),
    Strategy.NEW: StrategyKind(
        listed=_new,
        share=_ORDERED,
        evidence_halfway=_NEVER,
        nothing="Nothing is new in the shop at the moment.",
    ),
    Strategy.RECENTLY_VIEWED: StrategyKind(
        listed=_recent_views,
        share=_ORDERED,
        evidence_halfway=_NEVER,
        nothing="Nothing was viewed yet.",
    ),
    Strategy.BUY_AGAIN: StrategyKind(
        listed=_buy_again,
        share=_ORDERED,
        evidence_halfway=_NEVER,
        nothing="Nothing was bought yet.",
    ),
    Strategy.CATEGORY: StrategyKind(
        listed=_category,
        share=_ORDERED,
        evidence_halfway=_NEVER,
        nothing="Nothing of the category is known yet.",
        is_endless=True,
    ),
}
