from datetime import date
from typing import Any

import pytest

from personalization.catalogue.filters.filter_document import parse_filter
from personalization.catalogue.filters.holds import holds
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import ProductDetails
from tests.builders.product import a_product

SHIRT = a_product(
    price=19.99, list_price=25.0, brand="Föhn & Söhne", size=None, stock=0, colour="Navy Blue"
)
DETAILS = ProductDetails(
    product_id=ProductId("shirt-1"),
    sizes=("S", "XL / 44"),
    colours=("red",),
    tags=("new",),
    attributes=(("fit", "Slim"), ("pockets", 2.0), ("vegan", True), ("care", ("cold", "Iron"))),
)


@pytest.mark.parametrize(
    ("document", "is_met"),
    [
        ({"field": "price", "is": 19.99}, True),
        ({"field": "price", "at_least": 19.99, "at_most": 19.99}, True),
        ({"field": "price", "at_least": 20}, False),
        ({"field": "brand", "is": " FÖHN & SÖHNE "}, True),
        ({"field": "brand", "is": "Föhn"}, False),
        ({"field": "colour", "is": "navy blue"}, True),
        ({"field": "colours", "is": "RED"}, True),
        ({"field": "size", "is": ["m", "xl / 44"]}, True),
        ({"field": "gender", "exists": False}, True),
        ({"field": "gender", "is": "women"}, False),
        ({"not": {"field": "gender", "is": "women"}}, True),
        ({"field": "material", "exists": True}, False),
        ({"field": "category", "is": "shirts"}, True),
        ({"field": "category", "is": "tops"}, True),
        ({"field": "category", "is": "Shirts"}, False),
        ({"field": "availability", "is": "in_stock"}, False),
        ({"field": "availability", "is": "OUT_OF_STOCK"}, True),
        ({"field": "on_sale", "is": True}, True),
        ({"field": "age_days", "at_most": 30}, True),
        ({"field": "age_days", "at_most": 29}, False),
        ({"field": "attributes.fit", "is": "SLIM"}, True),
        ({"field": "attributes.Fit", "exists": True}, False),
        ({"field": "attributes.pockets", "at_least": 2}, True),
        ({"field": "attributes.pockets", "is": "2"}, False),
        ({"field": "attributes.vegan", "is": True}, True),
        ({"field": "attributes.vegan", "is": 1}, False),
        ({"field": "attributes.care", "is": "iron"}, True),
        ({"field": "attributes.care", "at_least": 0}, False),
    ],
)
def test_a_condition_means_what_it_says(document: dict[str, Any], *, is_met: bool) -> None:
    assert is_met == holds(
        parse_filter(document),
        SHIRT,
        DETAILS,
        today=date(2025, 5, 1),
        below=lambda category_id: (
            (category_id, CategoryId("shirts")) if category_id == "tops" else (category_id,)
        ),
    )


def test_a_product_without_details_has_none_of_them() -> None:
    wanted = parse_filter(
        {"any": [{"field": "tags", "exists": True}, {"field": "attributes.fit", "exists": True}]}
    )
    assert not holds(wanted, SHIRT, None, today=date(2025, 5, 1))
