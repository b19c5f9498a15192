"""Which field of a call is which of a product, and what reads it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from personalization.catalogue.editing import values
from personalization.catalogue.editing.moments import read_day, read_moment
from personalization.catalogue.editing.money import read_currency
from personalization.domain.product import Availability

_Read = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class ProductField:
    attribute: str
    """Of `Product`, or of `ProductDetails`."""
    read: _Read
    in_details: bool = False
    cleared: object = None
    """What it is without a value."""


def _detail(attribute: str, read: _Read, cleared: object = None) -> ProductField:
    return ProductField(attribute, read, in_details=True, cleared=cleared)


NEEDED: Final = ("title", "category_id")
"""Fields that every product has."""
FIELDS: Final[Mapping[str, ProductField]] = {
    "title": ProductField("title", values.read_title),
    "category_id": ProductField("category_id", values.read_id),
    "category_path": _detail("category_path", values.read_path, ()),
    "group_id": ProductField("group_id", values.read_id),
    "description": _detail("description", values.read_description, ""),
    "brand": ProductField("brand", values.read_name),
    "gender": _detail("gender", values.read_name),
    "size": ProductField("size", values.read_name),
    "sizes": _detail("sizes", values.read_texts, ()),
    "colour": ProductField("colour", values.read_name),
    "colours": _detail("colours", values.read_texts, ()),
    "material": _detail("material", values.read_name),
    "tags": _detail("tags", values.read_texts, ()),
    "currency": ProductField("currency", read_currency),
    "availability": ProductField(
        "availability", values.read_availability, cleared=Availability.IN_STOCK
    ),
    "stock": ProductField("stock", values.read_count),
    "image": ProductField("image_url", values.read_address),
    "images": _detail("image_urls", values.read_addresses, ()),
    "page": _detail("page_url", values.read_address),
    "listed_on": ProductField("listed_on", read_day),
    "available_from": ProductField("available_from", read_moment),
    "available_until": ProductField("available_until", read_moment),
    "rating": ProductField("rating", values.read_stars),
    "rating_count": ProductField("rating_count", values.read_count, cleared=0),
    "bought_last_month": ProductField("bought_last_month", values.read_count, cleared=0),
    "markets": ProductField("markets", values.read_markets, cleared=()),
    "attributes": _detail("attributes", values.read_attributes, ()),
}
"""By the names in calls; prices are read with their currency, and beside these."""
PRICES: Final[Mapping[str, bool]] = {"price": False, "list_price": False, "cost": True}
"""Whether each is one of the details."""
STOCK_FIELDS: Final = frozenset({"price", "list_price", "currency", "availability", "stock"})
"""What shops send often, for many products at once."""
SAID_OTHERWISE: Final[Mapping[str, str]] = {
    "product_id": "id", "item_group_id": "group_id", "parent_id": "group_id", "name": "title",
    "color": "colour", "colors": "colours", "image_url": "image", "image_link": "image",
    "additional_image_link": "images", "url": "page", "link": "page", "page_url": "page",
    "product_type": "category_path", "categories": "category_path", "quantity": "stock",
    "sale_price": "price", "compare_at_price": "list_price", "keywords": "tags",
    "reviews_count": "rating_count", "custom_attributes": "attributes",
}  # fmt: skip
"""Names of other services, and ours."""
