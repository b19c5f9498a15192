"""Products that a feed of the whole catalogue no longer has."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from importers.tables.distinct import DistinctCounter
from personalization.domain.product import Product
from personalization.ports.catalogue import Catalogue

MOST_SHARE: Final = 0.5
"""A feed that lacks more of the products on sale is taken for a part, or for a broken one."""


def retire_missing(
    catalogue: Catalogue, feed: DistinctCounter, moment: datetime, most_share: float
) -> tuple[int, int]:
    """Return how many products, which the feed lacks, were retired and how many were not.

    None is if the feed lacks more than `most_share` of what is on sale.
    """
    on_sale = missing = 0
    for products in catalogue.all_products():
        current = [product for product in products if product.retired_at is None]
        on_sale += len(current)
        missing += len(_lacking(current, feed))
    if missing > most_share * on_sale:
        return 0, missing
    if missing:
        for products in catalogue.all_products():
            current = [product for product in products if product.retired_at is None]
            catalogue.write_products(
                [replace(product, retired_at=moment) for product in _lacking(current, feed)]
            )
    return missing, 0


def has_retired(catalogue: Catalogue) -> bool:
    return any(
        product.retired_at is not None
        for products in catalogue.all_products()
        for product in products
    )


def _lacking(products: Sequence[Product], feed: DistinctCounter) -> list[Product]:
    lacking = set(feed.lacks([product.product_id for product in products]))
    return [product for product in products if product.product_id in lacking]
