"""A profile that was made before an import shows what the catalogue says now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from api.profiles.profile_cache import PROFILE_STAMP
from personalization.codec.json_codec import PROFILE
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Product
from personalization.profiles.redaction import with_products_of_now
from personalization.profiles.shown_products import are_current
from tests.builders.product import a_product
from tests.builders.profile import a_profile

BODY = PROFILE.encode(a_profile())
STATED = PROFILE_STAMP.decode(BODY).score_data.products
SHOWN = a_product(
    product_id=ProductId("shirt-2"),
    title="White linen shirt",
    price=41.0,
    image_url=None,
    rating=None,
)


@dataclass
class ProductsOfNow:
    known: Sequence[Product]

    def products(self, product_ids: Sequence[ProductId]) -> dict[ProductId, Product]:
        known = {product.product_id: product for product in self.known}
        return {key: known[key] for key in product_ids if key in known}

    def category_name(self, category_id: CategoryId) -> str:
        return category_id


@pytest.mark.parametrize("known", [[], [SHOWN]])
def test_what_is_current_or_gone_keeps_its_very_bytes(known: list[Product]) -> None:
    body, changed = with_products_of_now(BODY, ProductsOfNow(known))

    assert body is BODY
    assert not changed
    assert are_current(STATED, ProductsOfNow(known))


@pytest.mark.parametrize(
    "change",
    [
        {"price": 39.5},
        {"price": None},
        {"title": "Cream linen shirt"},
        {"category_id": CategoryId("linen")},
        {"currency": "EUR"},
        {"image_url": "/shirt-2.jpg"},
        {"rating": 4.5},
    ],
)
def test_whatever_the_catalogue_says_otherwise_is_taken_over(change: dict[str, Any]) -> None:
    product = replace(SHOWN, **change)

    body, changed = with_products_of_now(BODY, ProductsOfNow([product]))

    (shown,) = PROFILE.decode(body).score_data.products
    assert {name: getattr(shown, name) for name in change} == change
    assert changed
    assert not are_current(STATED, ProductsOfNow([product]))
