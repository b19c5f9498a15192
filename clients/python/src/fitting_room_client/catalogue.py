"""Products and categories, as the shop writes them and as they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from msgspec import UNSET, UnsetType

Availability = Literal["in_stock", "out_of_stock", "preorder", "backorder"]
Price = float | str
"""A number, or a text such as "12,50 €" that can be read in one way only."""
Attributes = Mapping[str, str | float | bool | tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopProduct:
    """All that the shop says of a product: what it does not say has no value afterwards."""

    id: str
    title: str
    category_id: str | None = None
    """This or `category_path` is needed."""
    category_path: tuple[str, ...] | None = None
    """Names from the root."""
    group_id: str | None = None
    """The parent product whose variant this is."""
    description: str | None = None
    brand: str | None = None
    gender: str | None = None
    size: str | None = None
    sizes: tuple[str, ...] | None = None
    colour: str | None = None
    colours: tuple[str, ...] | None = None
    material: str | None = None
    tags: tuple[str, ...] | None = None
    price: Price | None = None
    list_price: Price | None = None
    """Before a reduction."""
    currency: str | None = None
    """ISO 4217; needed with a price."""
    cost: Price | None = None
    """What the shop pays; no visitor is told."""
    availability: Availability | None = None
    stock: int | None = None
    image: str | None = None
    images: tuple[str, ...] | None = None
    page: str | None = None
    listed_on: date | None = None
    available_from: datetime | None = None
    available_until: datetime | None = None
    rating: float | None = None
    """Mean stars, 1 to 5."""
    rating_count: int | None = None
    bought_last_month: int | None = None
    markets: tuple[str, ...] | None = None
    """Regions where it is sold; none named is everywhere."""
    attributes: Attributes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockUpdate:
    """Only what is said is written; None takes a value away."""

    id: str
    price: Price | UnsetType | None = UNSET
    list_price: Price | UnsetType | None = UNSET
    currency: str | UnsetType = UNSET
    availability: Availability | UnsetType | None = UNSET
    stock: int | UnsetType | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductEdit:
    """Fields of a product that change, and no other; None takes a value away."""

    title: str | UnsetType = UNSET
    category_id: str | UnsetType = UNSET
    category_path: tuple[str, ...] | UnsetType = UNSET
    group_id: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    brand: str | UnsetType | None = UNSET
    gender: str | UnsetType | None = UNSET
    size: str | UnsetType | None = UNSET
    sizes: tuple[str, ...] | UnsetType | None = UNSET
    colour: str | UnsetType | None = UNSET
    colours: tuple[str, ...] | UnsetType | None = UNSET
    material: str | UnsetType | None = UNSET
    tags: tuple[str, ...] | UnsetType | None = UNSET
    price: Price | UnsetType | None = UNSET
    list_price: Price | UnsetType | None = UNSET
    currency: str | UnsetType = UNSET
    cost: Price | UnsetType | None = UNSET
    availability: Availability | UnsetType | None = UNSET
    stock: int | UnsetType | None = UNSET
    image: str | UnsetType | None = UNSET
    images: tuple[str, ...] | UnsetType | None = UNSET
    page: str | UnsetType | None = UNSET
    listed_on: date | UnsetType | None = UNSET
    available_from: datetime | UnsetType | None = UNSET
    available_until: datetime | UnsetType | None = UNSET
    rating: float | UnsetType | None = UNSET
    rating_count: int | UnsetType | None = UNSET
    bought_last_month: int | UnsetType | None = UNSET
    markets: tuple[str, ...] | UnsetType | None = UNSET
    attributes: Attributes | UnsetType | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedProduct:
    """A product as the catalogue has it."""

    id: str
    title: str
    category_id: str | None = None
    category_path: tuple[str, ...] | None = None
    group_id: str | None = None
    description: str | None = None
    brand: str | None = None
    gender: str | None = None
    size: str | None = None
    sizes: tuple[str, ...] | None = None
    colour: str | None = None
    colours: tuple[str, ...] | None = None
    material: str | None = None
    tags: tuple[str, ...] | None = None
    price: float | None = None
    list_price: float | None = None
    currency: str | None = None
    cost: float | None = None
    availability: str | None = None
    stock: int | None = None
    image: str | None = None
    images: tuple[str, ...] | None = None
    page: str | None = None
    listed_on: date | None = None
    available_from: datetime | None = None
    available_until: datetime | None = None
    rating: float | None = None
    rating_count: int | None = None
    bought_last_month: int | None = None
    markets: tuple[str, ...] | None = None
    attributes: dict[str, str | float | bool | tuple[str, ...]] | None = None
    retired_at: datetime | None = None
    """Since when nobody is shown it."""
    made_of_variants: bool = False
    """Whether the shop gave no parent, so that one was made of its variants."""


@dataclass(frozen=True, slots=True)
class ListedProducts:
    products: tuple[ListedProduct, ...]
    """A page may hold fewer than asked for; only a `next` of None is the end."""
    next: str | None
    """`cursor` of the next page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductsToList:
    """Which products a page of them has."""

    q: str | None = None
    """An id, or words that all stand in the title."""
    category_id: str | None = None
    availability: Availability | None = None
    retired: bool | None = None
    cursor: str | None = None
    limit: int | None = None
    """At most 500."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopCategory:
    id: str
    name: str
    parent_id: str | None = None
    """The category above; None is at the root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCategory:
    id: str
    name: str
    parent_id: str | None = None
    path: tuple[str, ...]
    """Names from the root to its own."""


@dataclass(frozen=True, slots=True)
class ListedCategories:
    categories: tuple[ListedCategory, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoriesToList:
    cursor: str | None = None
    limit: int | None = None
    """At most 1,000."""


@dataclass(frozen=True, slots=True)
class FieldNote:
    """What is wrong with a field, or worth knowing of it."""

    code: str
    detail: str
    field: str | None = None
    """None where it is about the whole line."""


@dataclass(frozen=True, slots=True)
class WriteVerdict:
    """What became of one product or category."""

    line: int
    """1 for the first that was sent."""
    verdict: str
    """created, updated, unchanged, retired, rejected, or failed: a store did not answer."""
    id: str | None = None
    errors: tuple[FieldNote, ...] = ()
    warnings: tuple[FieldNote, ...] = ()

    @property
    def is_written(self) -> bool:
        return self.verdict not in {"rejected", "failed"}


@dataclass(frozen=True, slots=True)
class CatalogueAnswer:
    verdicts: tuple[WriteVerdict, ...]
