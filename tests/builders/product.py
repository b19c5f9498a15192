"""Builds products."""

from dataclasses import replace
from datetime import date
from typing import Any

from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Product

_PRODUCT = Product(
    product_id=ProductId("shirt-1"),
    category_id=CategoryId("shirts"),
    title="Blue linen shirt",
    price=39.5,
    rating=4.5,
    rating_count=12,
    bought_last_month=40,
    image_url="https://shop.example/shirt-1.jpg",
    colour="blue",
    listed_on=date(2025, 4, 1),
)


def a_product(**overrides: Any) -> Product:
    """Return a rated shirt, with some fields replaced."""
    return replace(_PRODUCT, **overrides)
