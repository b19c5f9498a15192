from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from personalization.catalogue.pinned_catalogue import KnowsHidden
from personalization.domain.clock import FIRST_MOMENT, LAST_MOMENT
from personalization.domain.identifiers import ProductId
from personalization.domain.prior import PriorKey, RankedList
from personalization.domain.product import Product
from personalization.merchandising.in_force import Offer, RulesInForce
from personalization.merchandising.kept_while import KeptWhile
from personalization.priors.active_priors import ActivePriors

_Value = TypeVar("_Value")
MOST_LISTS: Final = 10_000
"""About 6 MB."""
_About = tuple[bool, PriorKey]
"""Whether what is retired is shown, and the list."""


@dataclass(frozen=True, slots=True)
class _VisibleIds:
    """Members of a list that are not hidden from one moment on until before another."""

    member_ids: Sequence[str]
    since: datetime
    until: datetime


class KeptLists(KeptWhile[_About, _VisibleIds]):
    """Lists without what was hidden."""

    def __init__(self) -> None:
        super().__init__(MOST_LISTS)


class _Hidden:
    """What rules hide, and what is retired by a moment."""

    def __init__(
        self, catalogue: KnowsHidden, rules: RulesInForce, retired_by: datetime | None
    ) -> None:
        """`retired_by=None` hides nothing that is retired."""
        self.catalogue = catalogue
        self.rules = rules
        self.retired_by = retired_by
        self.asks = bool(rules.hidden_categories) or retired_by is not None
        """Whether it looks products up."""

    def among(self, product_ids: Sequence[str]) -> set[str]:
        rules, moment = self.rules, self.retired_by
        hidden = {product_id for product_id in product_ids if product_id in rules.hidden_products}
        products = self.products(product_ids)
        if rules.hidden_categories:
            hidden |= {
                product_id
                for product_id in products
                if products[product_id].category_id in rules.hidden_categories
            }
        if moment is not None:
            # Few have ever been retired: the others are not worth a call.
            hidden |= {
                product_id
                for product_id in products
                if products[product_id].retired_at and products[product_id].is_retired(moment)
            }
        return hidden

    def products(self, product_ids: Sequence[str]) -> Mapping[ProductId, Product]:
        """Return what the catalogue has of them; nothing where that makes no difference."""
        return self.catalogue.products(list(map(ProductId, product_ids))) if self.asks else {}


class _KeptIds:
    """Looks at a list once for all decisions of one generation, catalogue and rules."""

    def __init__(self, priors: ActivePriors, hidden: _Hidden, kept: KeptLists | None) -> None:
        """Without `kept` the priors may go on to another generation, so nothing is kept."""
        self._priors = priors
        self._hidden = hidden
        self._kept: dict[_About, _VisibleIds] | None = None
        if kept is not None:
            products = hidden.catalogue.known_products
            self._kept = kept.made_of(priors.generation(), products, hidden.rules)

    def member_ids(self, key: PriorKey) -> Sequence[str]:
        moment, kept = self._hidden.retired_by, self._kept
        about = moment is None, key
        if kept is not None and about in kept:
            known = kept[about]
            if moment is None or known.since <= moment < known.until:
                return known.member_ids
        ids = self._priors.member_ids(key)
        hidden = self._hidden.among(ids)
        visible = tuple([product_id for product_id in ids if product_id not in hidden])
        products = self._hidden.products(ids)
        # A product that the catalogue lacks may be there, and hidden, any moment.
        if kept is not None and (len(products) == len(ids) or not self._hidden.asks):
            kept[about] = _VisibleIds(visible, *_stretch(products.values(), moment))
        return visible


def _stretch(products: Iterable[Product], moment: datetime | None) -> tuple[datetime, datetime]:
    """Return since when and until when the same of the products are retired as at a moment."""
    times = [product.retired_at for product in products if product.retired_at is not None]
    if moment is None:
        return FIRST_MOMENT, LAST_MOMENT
    since = max([time for time in times if time <= moment], default=FIRST_MOMENT)
    return since, min([time for time in times if time > moment], default=LAST_MOMENT)


class VisibleLists:
    """The precomputed lists without hidden products, at one moment in one region.

    Members leave a list before it is cut to length, so that the next ones move up.
    """

    member_ids: Callable[[PriorKey], Sequence[str]]
    """Returns the ids of what `read` returns."""

    def __init__(
        self,
        priors: ActivePriors,
        catalogue: KnowsHidden,
        rules: RulesInForce,
        moment: datetime | None = None,
        kept: KeptLists | None = None,
    ) -> None:
        """With a moment, products that are retired by then are hidden too."""
        self._priors = priors
        self._catalogue = catalogue
        self._rules = rules
        retired_by = moment if moment is not None and catalogue.may_hide else None
        self.hides_anything = rules.hides_anything or retired_by is not None
        self.member_ids = priors.member_ids
        self._hidden = _Hidden(catalogue, rules, retired_by)
        if self.hides_anything:
            self.member_ids = _KeptIds(priors, self._hidden, kept).member_ids

    @property
    def hidden_categories(self) -> AbstractSet[str]:
        return self._rules.hidden_categories

    def read(self, key: PriorKey) -> RankedList:
        members = self._priors.read(key)
        if not self.hides_anything:
            return members
        hidden = self.hidden_among([member.member_id for member in members])
        return tuple(member for member in members if member.member_id not in hidden)

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
        return self._hidden.among(product_ids) if self.hides_anything else set()
