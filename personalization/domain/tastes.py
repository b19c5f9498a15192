"""What a person likes over all visits, as the night counts it and the ranking reads it."""

from collections.abc import Mapping
from enum import StrEnum

TASTE_HALFLIFE_DAYS = 60
"""Time in which what somebody did loses half of its weight: 30 are worse on earlier and on later
days of two shops, and what is never forgotten is hardly better (docs/returning-shoppers.md)."""


class TasteKind(StrEnum):
    PRODUCT = "product"
    CATEGORY = "category"
    BRAND = "brand"
    SIZE = "size"
    PRICE = "price"

    @property
    def prefix(self) -> str:
        return f"{self.value}:"

    def member(self, name: str) -> str:
        """Return what a list calls it, such as `category:shirts`."""
        return f"{self.value}:{name}"


MOST_OF_KIND: Mapping[TasteKind, int] = {
    TasteKind.PRODUCT: 50,
    TasteKind.CATEGORY: 10,
    TasteKind.BRAND: 10,
    TasteKind.SIZE: 5,
    TasteKind.PRICE: 2,
}
"""Members kept of each person: some 6 KB in memory."""
PRICE_MEAN = TasteKind.PRICE.member("mean")
PRICE_SPREAD = TasteKind.PRICE.member("spread")
"""The standard deviation."""

PRODUCT_PRICE = TasteKind.PRICE.value
"""Member of a product's priors: its scaled price,

    (ln price - ln cheapest) / (ln dearest - ln cheapest),

0 for the cheapest of the shop and 1 for the dearest. It is the night's, as are brand and sizes:
with prices of now, no decision could be made again after a price has changed."""


class TasteTerm(StrEnum):
    """Terms of a score that say what a known person likes."""

    PRODUCTS = "taste_products"
    CATEGORIES = "taste_categories"
    BRANDS = "taste_brands"
    SIZES = "taste_sizes"
    PRICE = "taste_price"
