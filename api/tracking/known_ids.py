"""Remembers which ids the catalogue knows, so that judging events rarely asks it."""

from collections.abc import Set as AbstractSet
from typing import Final

from personalization.domain.clock import Clock
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.ports.catalogue import Catalogue
from personalization.telemetry.metrics import STORE_FAILURES
from personalization.tracking.validation import Known

CAPACITY: Final = 200_000
"""About 30 MB of ids; above it the memory is dropped and fills anew."""
FRESH_SECONDS: Final = 300.0
"""How long a product that was taken out of the catalogue may still be accepted."""


class CatalogueCache:
    """Products with their category, and categories; what is unknown is asked every time.

    Only what exists is remembered: a product imported a moment ago is known at once. What has
    grown old answers once more where the catalogue does not.
    """

    def __init__(self, catalogue: Catalogue, clock: Clock) -> None:
        """Take the catalogue that is asked and the clock that ages the answers."""
        self._catalogue = catalogue
        self._clock = clock
        self._since = clock.now()
        self._products: dict[ProductId, CategoryId] = {}
        self._categories: set[CategoryId] = set()
        self._old = Known({}, frozenset())

    def remembered(
        self, products: AbstractSet[ProductId], categories: AbstractSet[CategoryId]
    ) -> Known:
        """Return what is remembered of these ids, without asking."""
        self._drop_old()
        return Known(
            products={
                product_id: self._products[product_id]
                for product_id in products
                if product_id in self._products
            },
            categories=frozenset(self._categories & categories),
        )

    def completed(
        self, known: Known, products: AbstractSet[ProductId], categories: AbstractSet[CategoryId]
    ) -> Known:
        """Return what is known, with what the catalogue adds to it (a blocking call).

        Raises `StoreUnavailableError` where it does not answer and nothing old will do.
        """
        try:
            new_products = self._catalogue.read_products(sorted(products - known.products.keys()))
            new_categories = self._catalogue.read_categories(sorted(categories - known.categories))
        except StoreUnavailableError:
            STORE_FAILURES.labels("catalogue").inc()
            old = self._of_old(known, products, categories)
            if old is None:
                raise
            return old
        found = {product_id: product.category_id for product_id, product in new_products.items()}
        self._products.update(found)
        self._categories.update(new_categories)
        return Known(
            products={**known.products, **found},
            categories=known.categories | frozenset(new_categories),
        )

    def _of_old(
        self, known: Known, products: AbstractSet[ProductId], categories: AbstractSet[CategoryId]
    ) -> Known | None:
        """Return what was known before the last dropping, if it covers everything asked."""
        both = {**self._old.products, **known.products}
        either = self._old.categories | known.categories
        if products - both.keys() or categories - either:
            return None
        return Known({product_id: both[product_id] for product_id in products}, either & categories)

    def _drop_old(self) -> None:
        now = self._clock.now()
        age = (now - self._since).total_seconds()
        if age > FRESH_SECONDS or len(self._products) > CAPACITY:
            self._since = now
            self._old = Known(self._products, frozenset(self._categories))
            self._products = {}
            self._categories = set()
