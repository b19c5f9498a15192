from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from personalization.domain.identifiers import CategoryId, ProductId


class Availability(StrEnum):
    """Whether a product can be bought; the values are the names in files and calls."""

    IN_STOCK = "in_stock"
    OUT_OF_STOCK = "out_of_stock"
    PREORDER = "preorder"
    BACKORDER = "backorder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    category_id: CategoryId
    name: str
    parent_id: CategoryId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What decisions and pages read of a product; the rest is in `ProductDetails`.

    `rating` is the mean number of stars (1 to 5), None where nobody has rated.
    """

    product_id: ProductId
    category_id: CategoryId
    title: str
    price: float | None = None
    """In units of `currency`."""
    currency: str = "USD"
    rating: float | None = None
    rating_count: int = 0
    bought_last_month: int = 0
    image_url: str | None = None
    colour: str | None = None
    listed_on: date | None = None
    """The first day the product was on sale, where the data set tells."""
    retired_at: datetime | None = None
    """Since when feeds of the whole catalogue lack it: no longer recommended, kept for history."""
    group_id: ProductId | None = None
    """The parent product whose variant this is: it is shown and counted as that one."""
    brand: str | None = None
    size: str | None = None
    """Of a variant."""
    list_price: float | None = None
    """The price before a reduction, in units of `currency`."""
    availability: Availability = Availability.IN_STOCK
    stock: int | None = None
    """Pieces that can be sold, None where nobody counts them."""
    available_from: datetime | None = None
    available_until: datetime | None = None
    """The first moment at which it can no longer be bought."""
    markets: tuple[str, ...] = ()
    """Regions where it is sold; none named is everywhere."""

    def is_retired(self, moment: datetime) -> bool:
        return self.retired_at is not None and self.retired_at <= moment

    @property
    def is_hidden_sometimes(self) -> bool:
        """Whether `is_shown` refuses it at some moment or in some region."""
        return (
            self.group_id is not None
            or self.retired_at is not None
            or self.available_from is not None
            or self.available_until is not None
            or not self.is_on_sale
            or bool(self.markets)
        )

    def boundaries(self) -> Iterator[datetime]:
        """Yield the moments at which `is_shown` may say something else."""
        for moment in (self.retired_at, self.available_from, self.available_until):
            if moment is not None:
                yield moment

    def differs_only_in_pieces(self, other: "Product") -> bool:
        """Whether both are the same to visitors: of pieces it only counts that there are some."""
        return self.is_on_sale == other.is_on_sale and replace(self, stock=other.stock) == other

    @property
    def is_on_sale(self) -> bool:
        """Whether stock allows it: what is out of stock is not shown, what can be ordered is."""
        if self.availability is Availability.OUT_OF_STOCK:
            return False
        return (
            self.availability is not Availability.IN_STOCK or self.stock is None or self.stock > 0
        )

    def is_shown(self, moment: datetime, region: str | None) -> bool:
        """Say whether a visitor of a region may be shown it; a variant is shown as its parent."""
        return (
            self.group_id is None
            and self.is_on_sale
            and not self.is_retired(moment)
            and (self.available_from is None or self.available_from <= moment)
            and (self.available_until is None or moment < self.available_until)
            and is_sold_in(self.markets, region)
        )


SHARED_WORDS = ("category_id", "currency", "colour", "brand", "size")
"""Fields whose few words thousands of products share, so that a process keeps each word once."""

AttributeValue = str | float | bool | tuple[str, ...]
"""Text, a number, yes or no, or several texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDetails:
    """One per product at most; a product without them has none of it."""

    product_id: ProductId
    description: str = ""
    category_path: tuple[str, ...] = ()
    """Names of categories from the root to the product's own."""
    gender: str | None = None
    sizes: tuple[str, ...] = ()
    """In which it is made: of a parent, those of its variants."""
    colours: tuple[str, ...] = ()
    material: str | None = None
    tags: tuple[str, ...] = ()
    cost: float | None = None
    """What the shop pays for a piece, in the product's currency; no visitor is told."""
    page_url: str | None = None
    image_urls: tuple[str, ...] = ()
    """Further pictures."""
    attributes: tuple[tuple[str, AttributeValue], ...] = ()
    """Further ones by name, each with its typed value."""
    made_of_variants: bool = False
    """Whether the shop gave no parent, so that one was made, which follows its variants."""


def is_sold_in(markets: Collection[str], region: str | None) -> bool:
    """Say whether these markets include a region; a visitor of an unknown region sees all."""
    return not markets or region is None or region in markets
