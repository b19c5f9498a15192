"""What is written of products at once, and what is asked of a whole catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Availability, Product, ProductDetails

_HIDING: Final = ("group_id", "retired_at", "available_from", "available_until", "markets")


@dataclass(frozen=True, slots=True)
class WholeProduct:
    """All that the catalogue says of a product."""

    product: Product
    details: ProductDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductUpdate:
    """Fields of a product that become others; all others stay, whoever else writes them."""

    product_id: ProductId
    product: Mapping[str, object] = field(default_factory=dict)
    """By the names of `Product`."""
    details: Mapping[str, object] = field(default_factory=dict)
    """By the names of `ProductDetails`."""

    @property
    def may_hide(self) -> bool:
        """Whether with these fields `Product.is_shown` may refuse it."""
        fields = self.product
        stock = fields.get("stock")
        return (
            any(fields.get(name) for name in _HIDING)
            or fields.get("availability") is Availability.OUT_OF_STOCK
            or (isinstance(stock, int) and stock <= 0)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductQuery:
    """Which products are listed; what is None or empty leaves nothing out."""

    words: tuple[str, ...] = ()
    """Whole words, all of which stand in the title, in any case and with any accents."""
    category_id: CategoryId | None = None
    availability: Availability | None = None
    is_retired: bool | None = None
    after: str = ""
    """Where the page before ended, as its `next`; empty begins."""
    limit: int = 100

    def takes(self, product: Product) -> bool:
        """Say whether a product is meant, its title aside."""
        return (
            self.category_id in {None, product.category_id}
            and self.availability in {None, product.availability}
            and self.is_retired in {None, product.retired_at is not None}
        )


@dataclass(frozen=True, slots=True)
class ProductPage:
    products: Sequence[Product]
    """At most as many as asked for; fewer, even none, do not say that there are no more."""
    next: str | None
    """Where the next page begins, None at the end."""
