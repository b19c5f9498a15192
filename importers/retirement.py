"""Products that a feed of the whole catalogue no longer has."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from importers.tables.distinct import DistinctCounter
from personalization.domain.product import Product
from personalization.ports.catalogue import Catalogue

MOST_SHARE: Final = 0.5
"""A feed that lacks more of the products on sale is taken for a part, or for a broken one."""


@dataclass(frozen=True, slots=True)
class Retirement:
    """What became of the products that are not in the feed."""

    retired: int
    """In this import."""
    refused: int
    """Products that would have been retired, but were too many."""
    all_retired: int
    """Products of the catalogue that are retired now."""


def retire_missing(
    catalogue: Catalogue, feed: DistinctCounter, moment: datetime, *, force: bool
) -> Retirement:
    """Retire what the feed lacks, unless it lacks more than `MOST_SHARE` of what is on sale."""
    on_sale = missing = retired_before = 0
    for products in catalogue.all_products():
        current = [product for product in products if product.retired_at is None]
        retired_before += len(products) - len(current)
        on_sale += len(current)
        missing += len(_lacking(current, feed))
    if missing > MOST_SHARE * on_sale and not force:
        return Retirement(0, missing, retired_before)
    if missing:
        for products in catalogue.all_products():
            current = [product for product in products if product.retired_at is None]
            catalogue.write_products(
                [replace(product, retired_at=moment) for product in _lacking(current, feed)]
            )
    return Retirement(missing, 0, retired_before + missing)


def retirement_count(catalogue: Catalogue) -> int:
    return sum(
        product.retired_at is not None
        for products in catalogue.all_products()
        for product in products
    )


def _lacking(products: Sequence[Product], feed: DistinctCounter) -> list[Product]:
    lacking = set(feed.lacks([product.product_id for product in products]))
    return [product for product in products if product.product_id in lacking]
