"""What a profile says of its products and bundles, read without the rest of it."""

from collections.abc import Sequence

import msgspec

from personalization.catalogue.pinned_catalogue import ReadsProducts
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import CategoryId, ProductId, RuleId
from personalization.domain.privacy.small_counts import SmallCounts
from personalization.domain.product import Product
from personalization.domain.profile import BundlePrice
from personalization.explanations.counted_reasons import (
    published_bundle_reason,
    published_growth,
    published_trending_reason,
)
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
    reason: str = ""

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


class ShownTrend(msgspec.Struct, frozen=True, gc=False):
    product_id: ProductId
    growth: float = 0.0
    reason: str = ""


class ShownScores(msgspec.Struct, frozen=True, gc=False):
    products: tuple[ShownProduct, ...] = ()


def tells_of_few(
    bundle_reasons: Sequence[str], trends: Sequence[ShownTrend], counts: SmallCounts
) -> bool:
    """Return whether a sentence or figure tells more than may be published."""
    return any(
        reason != published_bundle_reason(reason, counts) for reason in bundle_reasons
    ) or any(
        trend.reason != published_trending_reason(trend.reason, counts)
        or trend.growth != published_growth(trend.growth, trend.reason, counts)
        for trend in trends
    )


def are_current(shown: Sequence[ShownProduct], catalogue: ReadsProducts) -> bool:
    """Return whether the catalogue says the same of all, as far as it answers and knows them."""
    try:
        known = catalogue.products([product.product_id for product in shown])
    except StoreUnavailableError:
        return True
    return all(product.is_current(known.get(product.product_id)) for product in shown)
