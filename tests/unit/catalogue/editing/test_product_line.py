from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from personalization.catalogue.editing.product_fields import FIELDS, PRICES, SAID_OTHERWISE
from personalization.catalogue.editing.product_line import (
    LONGEST_LINE,
    ProductLine,
    read_changes,
    read_whole,
)
from personalization.catalogue.editing.wire_product import CatalogueProduct, stored_product
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Availability, Product, ProductDetails

SHIRT: dict[str, Any] = {"id": "shirt-1", "title": "Shirt", "category_id": "shirts"}


def whole(**fields: Any) -> ProductLine:
    return read_whole(1, msgspec.json.encode({**SHIRT, **fields}))


def codes(line: ProductLine) -> list[tuple[str, str | None]]:
    return [(fault.code, fault.field) for fault in line.errors]


def test_every_field_of_a_product_has_a_name_in_calls() -> None:
    read = {field.attribute for field in FIELDS.values()} | {*PRICES, "product_id"}
    kept = {field.name for field in (*fields(Product), *fields(ProductDetails))}
    # These two say what the catalogue itself has done.
    assert read == kept - {"retired_at", "made_of_variants"}
    told = {field.name for field in msgspec.structs.fields(CatalogueProduct)}
    assert told == {*FIELDS, *PRICES, "id"}
    assert set(SAID_OTHERWISE.values()) <= told


def test_a_whole_product_comes_back_as_it_was_sent() -> None:
    sent = {
        **SHIRT,
        "category_path": ["Men", "Shirts"],
        "group_id": "shirt",
        "description": "Linen.\n<b>Light</b> & cool",
        "brand": "Föhn",
        "gender": "men",
        "size": "XL",
        "sizes": ["S", "XL"],
        "colour": "blue",
        "colours": ["blue", "red"],
        "material": "linen",
        "tags": ["summer"],
        "price": 39.5,
        "list_price": 49.0,
        "currency": "EUR",
        "cost": 11.25,
        "availability": "backorder",
        "stock": 3,
        "image": "https://shop.example/1.jpg",
        "images": ["/2.jpg"],
        "page": "https://shop.example/shirt",
        "listed_on": "2026-01-02",
        "available_from": "2026-01-02T03:04:05Z",
        "available_until": "2026-05-31T00:00:00Z",
        "rating": 4.5,
        "rating_count": 12,
        "bought_last_month": 40,
        "markets": ["de", "pl"],
        "attributes": {"fit": "slim", "weight": 180.5, "organic": True, "care": ["30°"]},
    }
    line = read_whole(1, msgspec.json.encode(sent))
    assert (line.errors, line.warnings) == ([], [])
    product = line.whole(ProductId("shirt-1"))
    told = msgspec.json.decode(
        msgspec.json.encode(stored_product(product.product, product.details))
    )
    assert told == sent


@pytest.mark.parametrize(
    ("price", "amount", "currency"),
    [
        ("1.299,00 €", 1299.0, "EUR"),
        ("EUR 12,5", 12.5, "EUR"),
        ("15.00 USD", 15.0, "USD"),
        ("1,234,567.89 INR", 1234567.89, "INR"),
        ("zł 7", 7.0, "PLN"),
    ],
)
def test_prices_are_read_where_they_mean_one_thing(
    price: str, amount: float, currency: str
) -> None:
    line = whole(price=price)
    assert line.errors == []
    assert (line.product["price"], line.product["currency"]) == (amount, currency)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"price": "1.299", "currency": "EUR"}, "ambiguous_price", "price"),
        ({"price": "$ 12"}, "ambiguous_currency", "currency"),
        ({"price": "12 €", "currency": "USD"}, "another_currency", "currency"),
        ({"price": "12 €", "list_price": "13 USD"}, "several_currencies", "list_price"),
        ({"price": 12}, "no_currency", "currency"),
        ({"price": -1, "currency": "EUR"}, "negative_price", "price"),
        ({"price": "-3,50 €"}, "negative_price", "price"),
        ({"price": 1e300, "currency": "EUR"}, "price_too_high", "price"),
        ({"price": "5%", "currency": "EUR"}, "not_a_price", "price"),
        ({"price": True, "currency": "EUR"}, "not_a_price", "price"),
        ({"price": [1], "currency": "EUR"}, "not_a_price", "price"),
        ({"currency": "euro"}, "unknown_currency", "currency"),
        ({"title": "x" * 10_000}, "too_long", "title"),
        ({"title": " \x00 "}, "no_title", "title"),
        ({"title": None}, "no_title", "title"),
        ({"title": 7}, "not_text", "title"),
        ({"category_id": None}, "no_category_id", "category_id"),
        ({"id": "a\x00b"}, "invalid_id", "id"),
        ({"id": "x" * 129}, "invalid_id", "id"),
        ({"id": None}, "no_id", "id"),
        ({"id": 1.5}, "not_an_id", "id"),
        ({"sizes": [str(n) for n in range(201)]}, "too_many", "sizes"),
        ({"category_path": ["x"] * 11}, "too_many", "category_path"),
        ({"attributes": {str(n): n for n in range(101)}}, "too_many", "attributes"),
        ({"attributes": {"fit": {"deep": 1}}}, "not_an_attribute", "attributes"),
        ({"stock": 1.5}, "not_a_count", "stock"),
        ({"stock": 1e300}, "not_a_count", "stock"),
        ({"stock": 10**30}, "not_a_count", "stock"),
        ({"availability": "perhaps"}, "unknown_availability", "availability"),
        ({"image": "javascript:alert(1)"}, "not_an_address", "image"),
        ({"image": "//elsewhere.example/x"}, "not_an_address", "image"),
        ({"page": "http://[x"}, "not_an_address", "page"),
        ({"rating": 11}, "not_a_rating", "rating"),
        ({"listed_on": "03/04/2026"}, "ambiguous_date", "listed_on"),
        ({"listed_on": "soon"}, "not_a_date", "listed_on"),
        ({"available_from": 1e300}, "not_a_date", "available_from"),
        ({"available_from": "0001-01-01T00:00:00+23:00"}, "not_a_date", "available_from"),
        (
            {"available_from": "2026-02-01", "available_until": "2026-01-01"},
            "ends_before",
            "available_until",
        ),
    ],
)
def test_what_cannot_be_read_refuses_its_line(given: dict[str, Any], code: str, field: str) -> None:
    assert codes(whole(**given)) == [(code, field)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "malformed_json"),
        (b'{"id": "a", "price": NaN}', "malformed_json"),
        (b'{"id": "\xff"}', "malformed_json"),
        (rb'{"id": "\ud800"}', "malformed_json"),
        (b"[" * 100_000, "malformed_json"),
        (b"[1]", "not_an_object"),
        (b"{}", "no_id"),
        (b'"' + b"x" * LONGEST_LINE + b'"', "line_too_long"),
    ],
)
def test_what_is_no_product_refuses_its_line(body: bytes, code: str) -> None:
    for line in (read_whole(1, body), read_changes(1, body)):
        assert [fault.code for fault in line.errors] == [code]
        assert len(line.errors[0].detail) < 500


def test_text_keeps_its_markup_and_loses_what_cannot_be_seen() -> None:
    line = whole(title="<script>alert(1)</script>\x00 Shirt\n", description="a\x00b\nc")
    assert line.product["title"] == "<script>alert(1)</script>  Shirt"
    assert line.details["description"] == "a b\nc"


def test_unknown_fields_are_warned_of() -> None:
    line = whole(name="x", weight=3)
    assert line.errors == []
    assert [(fault.code, fault.field) for fault in line.warnings] == [
        ("unknown_field", "name"),
        ("unknown_field", "weight"),
    ]
    assert "`title`" in line.warnings[0].detail
    assert len(whole(**{f"x{n}": 1 for n in range(1_000)}).warnings) == 10


def test_a_product_is_not_its_own_variant() -> None:
    line = whole(group_id="shirt-1")
    assert line.product["group_id"] is None
    assert [fault.code for fault in line.warnings] == ["own_group"]


def test_a_path_makes_the_category_where_none_is_named() -> None:
    line = whole(category_id=None, category_path="Men > Shirts")
    assert line.product["category_id"] == "Men > Shirts"
    assert [category.parent_id for category in line.categories] == [None, "Men"]
    long = whole(category_id=None, category_path=["x" * 100, "y" * 100])
    assert len(long.product["category_id"]) <= 128


def test_moments_are_kept_in_utc_to_the_millisecond() -> None:
    line = whole(
        available_from="2026-05-31T08:00:00.123456+02:00",
        available_until=1_800_000_000_123,
        listed_on="2026-05-31T23:30:00-10:00",
    )
    assert line.product["available_from"] == datetime(2026, 5, 31, 6, 0, 0, 123_000, tzinfo=UTC)
    assert line.product["available_until"].microsecond == 123_000
    assert line.product["listed_on"] == date(2026, 5, 31)


def test_other_ways_to_say_the_same() -> None:
    line = whole(
        id=17,
        availability="https://schema.org/OutOfStock",
        sizes="M",
        markets=["DE", "de"],
        rating=0,
        stock=-3,
    )
    assert line.errors == []
    assert line.product_id == "17"
    assert line.product["availability"] is Availability.OUT_OF_STOCK
    assert line.details["sizes"] == ("M",)
    assert line.product["markets"] == ("de",)
    assert (line.product["rating"], line.product["stock"]) == (None, 0)


def changes(**fields: Any) -> ProductLine:
    return read_changes(1, msgspec.json.encode({"id": "shirt-1", **fields}))


def test_null_takes_a_value_away() -> None:
    line = changes(price=None, stock=None, tags=None, markets=None, availability=None, cost=None)
    assert line.errors == []
    assert line.product == {
        "price": None,
        "stock": None,
        "markets": (),
        "availability": Availability.IN_STOCK,
    }
    assert line.details == {"tags": (), "cost": None}
    assert codes(changes(title=None)) == [("cannot_clear", "title")]
    assert codes(changes()) == [("nothing_to_write", None)]


def test_fields_that_a_call_does_not_write_are_passed_over() -> None:
    body = msgspec.json.encode({"id": "shirt-1", "stock": 3, "title": "x"})
    line = read_changes(1, body, frozenset({"stock"}))
    assert line.product == {"stock": 3}
    assert [fault.field for fault in line.warnings] == ["title"]
