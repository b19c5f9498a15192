from collections.abc import Callable, Hashable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TypeVar

from personalization.catalogue.catalogue_cache import KnowsRetired
from personalization.domain.identifiers import ProductId
from personalization.domain.prior import PriorKey, RankedList
from personalization.merchandising.in_force import Offer, RulesInForce
from personalization.priors.active_priors import ActivePriors

_Value = TypeVar("_Value")


class VisibleLists:
    """The precomputed lists without hidden products, at one moment in one region.

    Members leave a list before it is cut to length, so that the next ones move up.
    """

    def __init__(
        self,
        priors: ActivePriors,
        catalogue: KnowsRetired,
        rules: RulesInForce,
        moment: datetime | None = None,
    ) -> None:
        """With a moment, products that are retired by then are hidden too."""
        self._moment = moment
        self._priors = priors
        self._catalogue = catalogue
        self._rules = rules
        self._looks_for_retirement = moment is not None and catalogue.has_retired
        self.hides_anything = rules.hides_anything or self._looks_for_retirement

    @property
    def hidden_categories(self) -> AbstractSet[str]:
        return self._rules.hidden_categories

    def read(self, key: PriorKey) -> RankedList:
        members = self._priors.read(key)
        if not self.hides_anything:
            return members
        hidden = self.hidden_among([member.member_id for member in members])
        return tuple(member for member in members if member.member_id not in hidden)

    def member_ids(self, key: PriorKey) -> Sequence[str]:
        """Return the ids of what `read` returns."""
        ids = self._priors.member_ids(key)
        return self.visible_among(ids) if self.hides_anything else ids

    def keep(self, name: Hashable, read: Callable[[], _Value]) -> _Value:
        """Return what was read of these lists, once for a generation where they hide nothing."""
        return read() if self.hides_anything else self._priors.keep(name, read)

    def visible_among(self, product_ids: Sequence[str]) -> Sequence[str]:
        if not self.hides_anything:
            return product_ids
        hidden = self.hidden_among(product_ids)
        return [product_id for product_id in product_ids if product_id not in hidden]

    def offer_for(self, product_ids: Sequence[ProductId]) -> Offer | None:
        """Return what the shop has promised for these products together, if anything."""
        if not self._rules.offers:
            return None
        found = self._catalogue.products(product_ids)
        if len(found) < len(set(product_ids)):
            return None
        return self._rules.offer_for([(key, found[key].category_id) for key in product_ids])

    def hidden_among(self, product_ids: Sequence[str]) -> set[str]:
        rules = self._rules
        found = {product_id for product_id in product_ids if product_id in rules.hidden_products}
        if not rules.hidden_categories and not self._looks_for_retirement:
            return found
        for product in self._catalogue.products(list(map(ProductId, product_ids))).values():
            is_retired = self._moment is not None and product.is_retired(self._moment)
            if is_retired or product.category_id in rules.hidden_categories:
                found.add(product.product_id)
        return found
