from dataclasses import dataclass
from datetime import date, datetime

from personalization.domain.identifiers import CategoryId, ProductId


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    category_id: CategoryId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """`rating` is the mean number of stars (1 to 5), None where nobody has rated."""

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

    def is_retired(self, moment: datetime) -> bool:
        return self.retired_at is not None and self.retired_at <= moment
