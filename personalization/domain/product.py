"""Catalogue things."""

from dataclasses import dataclass
from datetime import date

from personalization.domain.identifiers import CategoryId, ProductId


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A shelf of the shop."""

    category_id: CategoryId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Something the shop sells.

    `rating` is the mean number of stars (1 to 5) and None where nobody has rated: an unrated
    product is not a badly rated one. `price` is in units of `currency`.
    """

    product_id: ProductId
    category_id: CategoryId
    title: str
    price: float | None = None
    currency: str = "USD"
    rating: float | None = None
    rating_count: int = 0
    bought_last_month: int = 0
    image_url: str | None = None
    colour: str | None = None
    listed_on: date | None = None
    """The first day the product was on sale, where the data set tells."""
