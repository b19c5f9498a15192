from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar, cast

from personalization.catalogue.pinned_catalogue import KnowsHidden
from personalization.domain.clock import FIRST_MOMENT, LAST_MOMENT
from personalization.domain.identifiers import ProductId, Region
from personalization.domain.prior import PriorKey, RankedList
from personalization.domain.product import Product
from personalization.merchandising.bundle_price import PricedOffer, price_offer
from personalization.merchandising.in_force import Offer, RulesInForce
from personalization.merchandising.kept_while import KeptWhile
from personalization.priors.active_priors import ActivePriors

_Value = TypeVar("_Value")
MOST_LISTS: Final = 10_000
"""About 6 MB."""


class Viewer(NamedTuple):
    """When and where something is looked at."""

    moment: datetime
    region: Region | None = None

    def is_shown(self, product: Product) -> bool:
        return product.is_shown(self.moment, self.region)


@dataclass(frozen=True, slots=True)
class _KeptPart:
    """What was made of visible lists, which holds from one moment on until before another."""

    value: Any
    since: datetime
    until: datetime

    def holds(self, viewer: Viewer | None) -> bool:
        return viewer is None or self.since <= viewer.moment < self.until


class KeptLists(KeptWhile[Hashable, _KeptPart]):
    """Lists without what was hidden, and what was made of them."""

    def __init__(self) -> None:
        super().__init__(MOST_LISTS)


class _Hidden:
    """What rules hide, and what the catalogue does not offer to a viewer."""

    def __init__(self, catalogue: KnowsHidden, rules: RulesInForce, viewer: Viewer | None) -> None:
        """`viewer=None` hides nothing that the catalogue does not offer."""
        self.catalogue = catalogue
        self.rules = rules
        self.viewer = viewer
        self.asks = bool(rules.hidden_categories) or viewer is not None
        """Whether it looks products up."""

    def among(self, product_ids: Sequence[str]) -> set[str]:
        return self.of_products(product_ids, self.products(product_ids))

    def by_name(self, product_ids: Sequence[str]) -> set[str]:
        hidden = self.rules.hidden_products
        return {product_id for product_id in product_ids if product_id in hidden}

    def of_products(
        self, product_ids: Sequence[str], products: Mapping[ProductId, Product]
    ) -> set[str]:
        """Return what is hidden of ids, of which the catalogue has these products."""
        hidden: set[str] = set()
        if self.viewer is not None:
            # A set of its own, made by one call: most products are always shown.
            hidden.update(self.catalogue.known_products.never_shown.intersection(products))
            for product in self.changing(products):
                if not self.viewer.is_shown(product):
                    hidden.add(product.product_id)
        if self.rules.hides_anything:
            hidden |= self.by_name(product_ids)
            categories = self.rules.hidden_categories
            hidden |= {
                product_id
                for product_id in products
                if products[product_id].category_id in categories
            }
        return hidden

    def changing(self, products: Mapping[ProductId, Product]) -> list[Product]:
        """Return those that are shown at some moments or in some regions, which are few."""
        return self.catalogue.known_products.changing_among(products)

    def products(self, product_ids: Sequence[str]) -> Mapping[ProductId, Product]:
        """Return what the catalogue has of them; nothing where that makes no difference."""
        return (
            self.catalogue.products(cast("Sequence[ProductId]", product_ids)) if self.asks else {}
        )


class _KeptIds:
    """Looks at a list once for all decisions of one generation, catalogue and rules.

    Made for one decision; nothing of it is shared but what is kept.
    """

    def __init__(self, priors: ActivePriors, hidden: _Hidden, kept: KeptLists | None) -> None:
        """Without `kept` the priors may go on to another generation, so nothing is kept."""
        self._priors = priors
        self._hidden = hidden
        self._kept: dict[Hashable, _KeptPart] | None = None
        self._stretch: tuple[datetime, datetime] | None = None
        """In which all lists that something is made of hold; None where one of them was not kept,
        and while nothing is made."""
        if kept is not None:
            products = hidden.catalogue.known_products
            self._kept = kept.made_of(priors.generation(), products, hidden.rules)

    def member_ids(self, key: PriorKey) -> Sequence[str]:
        viewer, kept = self._hidden.viewer, self._kept
        if kept is not None:
            known = kept.get((viewer is None, key, None))
            if known is None and viewer is not None:
                known = kept.get((False, key, viewer.region))
            if known is not None and known.holds(viewer):
                if self._stretch is not None:
                    self._note(known)
                ids: Sequence[str] = known.value
                return ids
        return self._read(key)

    def keep(self, name: Hashable, read: Callable[[], _Value]) -> _Value:
        """Return what `read` makes of lists, once while all of these stay the same."""
        viewer, kept = self._hidden.viewer, self._kept
        if kept is None:
            return read()
        about = viewer is None, name, None if viewer is None else viewer.region
        known = kept.get(about)
        if known is not None and known.holds(viewer):
            found: _Value = known.value
            return found
        self._stretch = FIRST_MOMENT, LAST_MOMENT
        value = read()
        if self._stretch is not None:
            kept[about] = _KeptPart(value, *self._stretch)
            self._stretch = None
        return value

    def _note(self, part: _KeptPart) -> None:
        if self._stretch is not None:
            since, until = self._stretch
            self._stretch = max(since, part.since), min(until, part.until)

    def _read(self, key: PriorKey) -> Sequence[str]:
        viewer, kept = self._hidden.viewer, self._kept
        ids = self._priors.member_ids(key)
        products = self._hidden.products(ids)
        hidden = self._hidden.of_products(ids, products)
        visible = tuple([product_id for product_id in ids if product_id not in hidden])
        # A product that the catalogue lacks may be there, and hidden, any moment.
        if kept is None or (len(products) < len(ids) and self._hidden.asks):
            self._stretch = None
            return visible
        changing = [] if viewer is None else self._hidden.changing(products)
        part = _KeptPart(visible, *_stretch(changing, viewer))
        self._note(part)
        region = None
        if viewer is not None and any(product.markets for product in changing):
            region = viewer.region
            if region is None:
                # Who is known by no region sees all: kept as such, it would hold for everybody.
                return visible
        kept[viewer is None, key, region] = part
        return visible


def _stretch(products: Iterable[Product], viewer: Viewer | None) -> tuple[datetime, datetime]:
    """Return since when and until when the same of the products are shown as to a viewer."""
    if viewer is None:
        return FIRST_MOMENT, LAST_MOMENT
    times = [moment for product in products for moment in product.boundaries()]
    since = max([time for time in times if time <= viewer.moment], default=FIRST_MOMENT)
    return since, min([time for time in times if time > viewer.moment], default=LAST_MOMENT)


class VisibleLists:
    """The precomputed lists without hidden products, as one viewer may see them.

    Members leave a list before it is cut to length, so that the next ones move up.
    """

    member_ids: Callable[[PriorKey], Sequence[str]]
    """Returns the ids of what `read` returns."""

    def __init__(
        self,
        priors: ActivePriors,
        catalogue: KnowsHidden,
        rules: RulesInForce,
        viewer: Viewer | None = None,
        kept: KeptLists | None = None,
    ) -> None:
        """With a viewer, products that this one is not offered are hidden too."""
        self._priors = priors
        self._catalogue = catalogue
        self._rules = rules
        offered_to = viewer if viewer is not None and catalogue.may_hide else None
        self.hides_anything = rules.hides_anything or offered_to is not None
        self.member_ids = priors.member_ids
        self._hidden = _Hidden(catalogue, rules, offered_to)
        self._keep = priors.keep
        if self.hides_anything:
            ids = _KeptIds(priors, self._hidden, kept)
            self.member_ids, self._keep = ids.member_ids, ids.keep

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
        """Return what was read of these lists, once while they are the same."""
        return self._keep(name, read)

    def visible_among(self, product_ids: Sequence[str]) -> Sequence[str]:
        if not self.hides_anything:
            return product_ids
        hidden = self.hidden_among(product_ids)
        return [product_id for product_id in product_ids if product_id not in hidden]

    def offer_for(self, product_ids: Sequence[ProductId]) -> PricedOffer | None:
        """Return what the shop has promised for these products together, if anything.

        Of several offers it is the one that saves most.
        """
        products = self._of_bundle(product_ids)
        bundle = [(product.product_id, product.category_id) for product in products]
        offers = self._rules.offers_for(bundle) if products else []
        priced = (price_offer(offer, products) for offer in offers)
        found = [offer for offer in priced if offer is not None]
        return max(found, key=lambda offer: offer.rank, default=None)

    def former_offer_for(self, product_ids: Sequence[ProductId]) -> Offer | None:
        """Return what releases before there were prices took for promised."""
        products = self._of_bundle(product_ids)
        bundle = [(product.product_id, product.category_id) for product in products]
        return self._rules.former_offer_for(bundle) if products else None

    def _of_bundle(self, product_ids: Sequence[ProductId]) -> Sequence[Product]:
        """Return all of the products, none where the catalogue lacks one or nothing is offered."""
        if not self._rules.offers:
            return ()
        found = self._catalogue.products(product_ids)
        if len(found) < len(set(product_ids)):
            return ()
        return [found[product_id] for product_id in product_ids]

    def hidden_among(self, product_ids: Sequence[str]) -> set[str]:
        return self._hidden.among(product_ids) if self.hides_anything else set()

    def hidden_by_name(self, product_ids: Sequence[str]) -> set[str]:
        """Return what rules hide by its id: what is known while the catalogue does not answer."""
        return self._hidden.by_name(product_ids)

    def hidden_for_now(self, product_ids: Sequence[str]) -> tuple[set[str], datetime]:
        """Return what `hidden_among` does, and when time alone will change that."""
        hidden, viewer = self._hidden, self._hidden.viewer
        if not self.hides_anything:
            return set(), LAST_MOMENT
        products = hidden.products(product_ids)
        changing = [] if viewer is None else hidden.changing(products)
        return hidden.of_products(product_ids, products), _stretch(changing, viewer)[1]
