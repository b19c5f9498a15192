"""Products that a feed of the whole catalogue no longer has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from importers.tables.distinct import DistinctCounter
from personalization.domain.product import Product
from personalization.domain.product_changes import ProductUpdate
from personalization.ports.catalogue import Catalogue

MOST_SHARE: Final = 0.5
"""A feed that lacks more of the products on sale is taken for a part, or for a broken one."""


@dataclass(frozen=True, slots=True)
class Missing:
    """How many products on sale a feed lacks."""

    on_sale: int
    missing: int

    @property
    def is_doubtful(self) -> bool:
        return self.missing > MOST_SHARE * self.on_sale


@dataclass(frozen=True, slots=True)
class Feed:
    """Which products a feed has, and which it had the last time where it is one of several."""

    products: DistinctCounter
    before: DistinctCounter | None = None

    def current(self, products: Sequence[Product]) -> list[Product]:
        """Return those on sale that the feed answers for."""
        on_sale = [product for product in products if product.retired_at is None]
        if self.before is None:
            return on_sale
        others = set(self.before.lacks([product.product_id for product in on_sale]))
        return [product for product in on_sale if product.product_id not in others]

    def lacking(self, products: Sequence[Product]) -> list[Product]:
        lacking = set(self.products.lacks([product.product_id for product in products]))
        return [product for product in products if product.product_id in lacking]


def count_missing(catalogue: Catalogue, feed: Feed) -> Missing:
    on_sale = missing = 0
    for products in catalogue.all_products():
        current = feed.current(products)
        on_sale += len(current)
        missing += len(feed.lacking(current))
    return Missing(on_sale, missing)


def retire_missing(
    catalogue: Catalogue, feed: Feed, moment: datetime
) -> Iterator[Sequence[Product]]:
    """Retire what the feed lacks, and yield it as it was, in chunks."""
    for products in catalogue.all_products():
        lacking = feed.lacking(feed.current(products))
        if lacking:
            change = {"retired_at": moment}
            catalogue.update_products(
                [ProductUpdate(product_id=each.product_id, product=change) for each in lacking]
            )
            yield lacking
