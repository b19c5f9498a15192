"""Products that a feed of the whole catalogue no longer has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from importers.tables.distinct import DistinctCounter
from personalization.domain.product import Product
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


def count_missing(catalogue: Catalogue, feed: DistinctCounter) -> Missing:
    on_sale = missing = 0
    for products in catalogue.all_products():
        current = [product for product in products if product.retired_at is None]
        on_sale += len(current)
        missing += len(_lacking(current, feed))
    return Missing(on_sale, missing)


def retire_missing(
    catalogue: Catalogue, feed: DistinctCounter, moment: datetime
) -> Iterator[Sequence[Product]]:
    """Retire what the feed lacks, and yield it in chunks."""
    for products in catalogue.all_products():
        current = [product for product in products if product.retired_at is None]
        retired = [replace(product, retired_at=moment) for product in _lacking(current, feed)]
        if retired:
            catalogue.write_products(retired)
            yield retired


def has_retired(catalogue: Catalogue) -> bool:
    return any(
        product.retired_at is not None
        for products in catalogue.all_products()
        for product in products
    )


def _lacking(products: Sequence[Product], feed: DistinctCounter) -> list[Product]:
    lacking = set(feed.lacks([product.product_id for product in products]))
    return [product for product in products if product.product_id in lacking]
