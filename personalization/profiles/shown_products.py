"""What a profile says of its products and bundles, read without the rest of it."""

from collections.abc import Sequence

import msgspec

from personalization.catalogue.pinned_catalogue import ReadsProducts
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import CategoryId, ProductId, RuleId
from personalization.domain.product import Product
from personalization.domain.profile import BundlePrice
from personalization.merchandising.visible_lists import VisibleLists


class ShownProduct(msgspec.Struct, frozen=True, gc=False):
    """What the catalogue may say otherwise by now; what is missing counts as said otherwise."""

    product_id: ProductId
    category_id: CategoryId = CategoryId("")
    title: str = ""
    price: float | None = None
    currency: str = ""
    image_url: str | None = None
    rating: float | None = None

    def is_current(self, product: Product | None) -> bool:
        return product is None or (
            self.price == product.price
            and self.title == product.title
            and self.category_id == product.category_id
            and self.currency == product.currency
            and self.image_url == product.image_url
            and self.rating == product.rating
        )


class ShownOffer(msgspec.Struct, frozen=True, gc=False):
    rule_id: RuleId
    reason: str
    price: BundlePrice | None = None


class ShownBundle(msgspec.Struct, frozen=True, gc=False):
    """What the shop may offer otherwise by now."""

    product_ids: tuple[ProductId, ...] = ()
    discount_percent: int = 0
    offer: ShownOffer | None = None

    def is_current(self, visible_lists: VisibleLists) -> bool:
        """Return whether its saving, if it has one, is what the shop promises now."""
        if not self.discount_percent:
            return True
        shown, offer = self.offer, visible_lists.offer_for(self.product_ids)
        return (
            offer is not None
            and shown is not None
            and self.discount_percent == offer.percent
            and shown.rule_id == offer.bundle_offer.rule_id
            and shown.reason == offer.bundle_offer.reason
            and shown.price == offer.bundle_offer.price
        )


class ShownScores(msgspec.Struct, frozen=True, gc=False):
    products: tuple[ShownProduct, ...] = ()


def are_current(shown: Sequence[ShownProduct], catalogue: ReadsProducts) -> bool:
    """Return whether the catalogue says the same of all, as far as it answers and knows them."""
    try:
        known = catalogue.products([product.product_id for product in shown])
    except StoreUnavailableError:
        return True
    return all(product.is_current(known.get(product.product_id)) for product in shown)
