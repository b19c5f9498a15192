"""Reads the products that made-up shoppers may visit."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from numpy.random import default_rng

from importers.generated.visits.visited_products import VisitedProduct
from personalization.domain.errors import ImportRejectedError
from personalization.domain.product import Product
from personalization.ports.catalogue import Catalogue

MOST_PRODUCTS = 100_000
"""Of a larger catalogue as many are drawn: visits would not come to the others anyway."""
_DRAW = 2


def stored_products(catalogue: Catalogue, last_day: date, seed: int) -> Sequence[VisitedProduct]:
    """Return what is shown on the last day, by id; raises `ImportRejectedError` for nothing."""
    noon = datetime.combine(last_day, time(12), UTC)
    kept: list[VisitedProduct] = []
    random = default_rng([seed, _DRAW])
    for seen, product in enumerate(_products_to_show(catalogue, noon), 1):
        if len(kept) < MOST_PRODUCTS:
            kept.append(product)
        elif (place := int(random.integers(seen))) < MOST_PRODUCTS:
            # Reservoir sampling: each product is among the kept ones with the same chance.
            kept[place] = product
    if not kept:
        raise ImportRejectedError(
            "The catalogue has no product that can be shown: import one first. Visits are made up"
            " over what is there."
        )
    return sorted(kept, key=lambda product: product.product_id)


def _products_to_show(catalogue: Catalogue, moment: datetime) -> Iterator[VisitedProduct]:
    # What was imported today is on sale for those who came yesterday.
    later = moment + timedelta(days=2)
    for page in catalogue.all_products():
        shown = [product for product in page if product.is_shown(later, None)]
        details = catalogue.read_details([product.product_id for product in shown])
        for product in shown:
            described = details.get(product.product_id)
            yield _product_for_visits(product, (described and described.gender) or "")


def _product_for_visits(product: Product, audience: str) -> VisitedProduct:
    return VisitedProduct(
        product.product_id,
        product.category_id,
        (product.colour or "").casefold(),
        audience.casefold(),
        product.price,
        product.currency,
    )
