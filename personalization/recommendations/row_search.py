"""From a row's request to the products that may be drawn for it, with why there are no more.

A list loses what is hidden, what is not of the row's category, what the filter does not hold for,
what is excluded or was shown, and what is above a cap. A cap limits what can be drawn, and nothing
is barred while drawing: so every slate keeps to it, and the propensities are those of any draw.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, cast

from personalization.catalogue.filters.filter import EVERYTHING, AllOf, Condition, FieldComparison
from personalization.domain.asked import Strategy
from personalization.domain.decision import ActionSource
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.tuning import DEFAULT_TUNING
from personalization.recommendations.cursor import mark_of
from personalization.recommendations.page_view import MarketView, PageView
from personalization.recommendations.request import RowRequest
from personalization.recommendations.row_lists import (
    ROW_ACTIONS,
    STRATEGIES,
    RowQuestion,
    unlike_category,
)

MOST_ANCHORS: Final = 10
"""Of a cart's lines, the first ones."""


class Loss(StrEnum):
    """What a list lost products by; the values end a sentence about their number."""

    HIDDEN = "cannot be shown here now"
    CATEGORY = "of another category"
    FILTER = "outside of the filter"
    EXCLUDED = "excluded by the call"
    SHOWN = "shown already"
    CAPPED = "above a cap"


@dataclass(slots=True)
class FoundRow:
    anchors: tuple[ProductId, ...]
    categories: tuple[CategoryId, ...]
    sources: dict[ProductId, tuple[ActionSource, ...]] = field(
        default_factory=dict[ProductId, tuple[ActionSource, ...]]
    )
    """In the order in which they were found: the whole of what may follow."""
    finders: dict[ProductId, Strategy] = field(default_factory=dict[ProductId, Strategy])
    unlisted: frozenset[ProductId] = frozenset()
    """What follows where lists of popular products end: no list speaks for it."""
    asked: list[Strategy] = field(default_factory=list[Strategy])
    """The strategies that found something."""
    listed: int = 0
    losses: Counter[Loss] = field(default_factory=Counter[Loss])
    marks: tuple[int, ...] = ()
    is_whole: bool = False
    """Whether the whole catalogue was looked through."""
    unknown_category: CategoryId | None = None
    """The one that was asked for, where the catalogue has none such."""

    def main_strategy(self, size: int, asked: Strategy) -> Strategy:
        """Return the one that found most of the first products, the one asked for among equals."""
        counts = Counter(list(self.finders.values())[:size])
        return max(counts, key=lambda strategy: (counts[strategy], strategy is asked))


class RowSearch:
    def __init__(
        self, page: PageView, view: MarketView, request: RowRequest, marks: tuple[int, ...]
    ) -> None:
        self._page = page
        self._view = view
        self._request = request
        self._marks = frozenset(marks)
        anchors = self._anchors()
        self.found = FoundRow(anchors, self._categories(anchors), marks=marks)
        named = request.category_id
        if named is not None and not view.pinned.catalogue.has_category(named):
            self.found.unknown_category = named
        self._question = self._ask()
        self._excluded = request.excluded.union(anchors, request.anchors)
        self._capped: list[Counter[str]] = [Counter() for _ in request.caps]
        self._looked_at: set[ProductId] = set()
        """What a list had already, and a later one need not lose again."""
        self._pins: Sequence[ProductId] = ()
        self._pins = self._row_pins()

    def find(self) -> FoundRow:
        """Ask the strategies in their order until there are enough."""
        request = self._request
        for strategy in dict.fromkeys((request.strategy, *request.fallbacks)):
            self._add(strategy)
            if (
                STRATEGIES[strategy].is_endless
                and len(self.found.sources) <= request.placement.size
            ):
                self._fill(strategy)
            if len(self.found.sources) >= request.placement.size:
                break
        return self.found

    def _fill(self, strategy: Strategy) -> None:
        """Add what the whole catalogue has, the most popular first, where lists end or filters."""
        found, request, pinned = self.found, self._request, self._view.pinned
        parts = [request.filter]
        if found.categories:
            parts.append(_in_categories(found.categories[:1]))
        if strategy is Strategy.SIMILAR:
            known = pinned.catalogue.products(found.anchors)
            if not known or (request.filter == EVERYTHING and found.sources):
                return
            parts.append(_in_categories([product.category_id for product in known.values()]))
        found.is_whole = True
        others = len(self._excluded) + len(self._marks) + len(self._page.shown)
        limit = ROW_ACTIONS + others + len(found.sources)
        region = self._view.market or self._page.session.region
        products = self._page.columns.find(AllOf(tuple(parts)), limit, self._page.order, region)
        if strategy is Strategy.SIMILAR and request.filter == EVERYTHING:
            products = unlike_category(products, found.anchors, pinned)
        kept = self._keep(products)
        if kept and strategy not in found.asked:
            found.asked.append(strategy)
        found.sources.update(dict.fromkeys(kept, (ActionSource.CATALOGUE,)))
        found.finders.update(dict.fromkeys(kept, self._finder(strategy)))
        if strategy is not Strategy.SIMILAR:
            found.unlisted = found.unlisted.union(kept)

    def _finder(self, strategy: Strategy) -> Strategy:
        """Return what found its products: to somebody unknown, what is personal is popular."""
        if strategy is Strategy.PERSONAL and not self._question.is_known:
            return Strategy.POPULAR
        return strategy

    def _anchors(self) -> tuple[ProductId, ...]:
        """Return the parents of what is asked about; without any, what the visit looked at last."""
        named = self._request.anchors
        if not named and STRATEGIES[self._request.strategy].is_anchored:
            acted_on = (
                event.product_id
                for event in self._page.session.in_force()
                if event.product_id is not None and event.reward >= 0
            )
            newest = next(acted_on, None)
            named = () if newest is None else (newest,)
        # The cache would ask the catalogue for what there is not.
        known = self._view.pinned.catalogue.products(self._page.columns.known_among(named))
        counted = [product.group_id or product.product_id for product in known.values()]
        return tuple(dict.fromkeys(counted))[:MOST_ANCHORS]

    def _categories(self, anchors: Sequence[ProductId]) -> tuple[CategoryId, ...]:
        category_id = self._request.category_id
        if category_id is None and self._request.strategy is Strategy.CATEGORY:
            known = self._view.pinned.catalogue.products(anchors)
            leanings = self._view.reader.read(DEFAULT_TUNING).context.affinities
            named = [product.category_id for product in known.values()]
            named += [leaning.category_id for leaning in leanings]
            category_id = named[0] if named else None
        if category_id is None:
            return ()
        # Itself first: a title names it.
        below = self._page.columns.below(category_id)
        return (category_id, *sorted(below - {category_id}))

    def _ask(self) -> RowQuestion:
        return RowQuestion(
            visit=self._view.reader.read(DEFAULT_TUNING),
            session=self._page.session,
            person=self._page.person,
            pinned=self._view.pinned,
            lists=self._view.lists,
            now=self._page.now,
            anchors=self.found.anchors,
            categories=self.found.categories,
        )

    def _add(self, strategy: Strategy) -> None:
        found = self.found
        sources = cast(
            "Mapping[ProductId, tuple[ActionSource, ...]]",
            STRATEGIES[strategy].listed(self._question),
        )
        kept = self._keep(list(sources))
        if kept:
            found.asked.append(strategy)
        found.sources.update(zip(kept, map(sources.__getitem__, kept), strict=True))
        found.finders.update(dict.fromkeys(kept, self._finder(strategy)))

    def _keep(self, listed: Sequence[ProductId]) -> Sequence[ProductId]:
        """Return what may be drawn, and count what is lost by what."""
        found, request = self.found, self._request
        listed = [product for product in dict.fromkeys(listed) if product not in self._looked_at]
        self._looked_at.update(listed)
        found.listed += len(listed)
        known = self._view.pinned.catalogue.products(listed)
        kept = cast("Sequence[ProductId]", self._view.pinned.visible.visible_among(list(known)))
        self._lose(Loss.HIDDEN, listed, kept)
        if found.categories:
            of = frozenset(found.categories)
            inside = [product for product in kept if known[product].category_id in of]
            kept = self._lose(Loss.CATEGORY, kept, inside)
        if request.filter != EVERYTHING:
            holds = self._page.columns.keep(kept, request.filter)
            kept = self._lose(Loss.FILTER, kept, holds)
        if not self._excluded.isdisjoint(kept):
            others = [product for product in kept if product not in self._excluded]
            kept = self._lose(Loss.EXCLUDED, kept, others)
        fresh, shown, marks = kept, self._page.shown, self._marks
        if not shown.isdisjoint(kept):
            fresh = [product for product in kept if product not in shown]
        if marks:
            fresh = [product for product in fresh if mark_of(product) not in marks]
        kept = self._lose(Loss.SHOWN, kept, fresh)
        return self._lose(Loss.CAPPED, kept, self._within_caps(kept))

    def _row_pins(self) -> Sequence[ProductId]:
        """Return what a rule pins in the placement, as far as the row may show it."""
        placement, view = self._request.placement, self._view
        wanted = view.pinned.rules.rules.pins_within({placement.name: placement.size})
        if not wanted:
            return []
        known = view.pinned.catalogue.products(list(wanted.values()))
        visible = view.pinned.visible.visible_among(list(known))
        kept = cast("Sequence[ProductId]", visible)
        if self._request.filter != EVERYTHING:
            kept = self._page.columns.keep(kept, self._request.filter)
        shown = self._excluded | self._page.shown
        fresh = [
            product
            for product in kept
            if product not in shown and mark_of(product) not in self._marks
        ]
        # They come first, so lists get what the caps leave.
        return self._within_caps(fresh)

    def actions(self) -> dict[ProductId, tuple[ActionSource, ...]]:
        """Return what is drawn from: the first that were found, and what a rule pins."""
        pins, first = self._pins, list(self.found.sources)[:ROW_ACTIONS]
        sources = {product: self.found.sources[product] for product in first}
        return {**dict.fromkeys(pins, (ActionSource.PINNED,)), **sources}

    def _lose(
        self, loss: Loss, before: Sequence[ProductId], after: Sequence[ProductId]
    ) -> Sequence[ProductId]:
        self.found.losses[loss] += len(before) - len(after)
        return after

    def _within_caps(self, product_ids: Sequence[ProductId]) -> Sequence[ProductId]:
        """Return the first ones of each value, as many as the caps allow."""
        caps = self._request.caps
        if not caps:
            return product_ids
        columns = [self._page.columns.values(product_ids, cap.field) for cap in caps]
        # They are counted already.
        pins = frozenset(self._pins)
        kept = list[ProductId]()
        for product, *values in zip(product_ids, *columns, strict=True):
            held = list(zip(caps, self._capped, values, strict=True))
            if product in pins:
                kept.append(product)
            elif all(value is None or counts[value] < cap.most for cap, counts, value in held):
                kept.append(product)
                for _, counts, value in held:
                    if value is not None:
                        counts[value] += 1
        return kept


def _in_categories(categories: Sequence[CategoryId]) -> Condition:
    return Condition("category", FieldComparison.IS, tuple(dict.fromkeys(categories)))
