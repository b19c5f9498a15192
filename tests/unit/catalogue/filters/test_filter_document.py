import json
import math
from typing import Any

import pytest

from personalization.catalogue.filters.filter import (
    AllOf,
    AnyOf,
    Condition,
    FieldComparison,
    Not,
)
from personalization.catalogue.filters.filter_document import canonical_filter, parse_filter
from personalization.domain.errors import InvalidFilterError

BRAND = {"field": "brand", "is": "Acme"}


def _deep(levels: int) -> dict[str, Any]:
    return BRAND if levels == 1 else {"not": _deep(levels - 1)}


def test_and_or_and_not_are_read_with_their_conditions() -> None:
    document = {
        "all": [
            {"field": "price", "at_least": 10, "at_most": 50.5},
            {"any": [{"field": "sizes", "is": ["S", "M"]}, {"not": BRAND}]},
            {"field": "attributes.fit", "exists": True},
        ]
    }
    assert parse_filter(document) == AllOf(
        (
            AllOf(
                (
                    Condition("price", FieldComparison.AT_LEAST, (10.0,)),
                    Condition("price", FieldComparison.AT_MOST, (50.5,)),
                )
            ),
            AnyOf(
                (
                    Condition("size", FieldComparison.IS, ("S", "M")),
                    Not(Condition("brand", FieldComparison.IS, ("Acme",))),
                )
            ),
            Condition("attributes.fit", FieldComparison.EXISTS, (True,)),
        )
    )


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (None, "filter must be an object"),
        ([BRAND], "filter must be an object"),
        ({}, "filter must have exactly one of all, any, not, field; it has none"),
        ({"all": [], "any": []}, "it has all and any"),
        ({"all": BRAND}, "filter.all must be a list"),
        ({"all": [BRAND, {"not": []}]}, "filter.all[1].not must be an object"),
        ({**BRAND, "isnt": 1}, "filter cannot have 'isnt' there"),
        ({"field": "brand"}, "filter must say what brand is"),
        ({"field": 3, "is": 1}, "filter.field must be the name"),
        ({"field": "prize", "is": 1}, "filter.field cannot be 'prize': it is one of price"),
        ({"field": "attributes.", "is": 1}, "filter.field must name an attribute"),
        ({"field": "price", "at_least": math.nan}, "filter.price.at_least must be a finite"),
        ({"field": "price", "at_least": math.inf}, "filter.price.at_least must be a finite"),
        ({"field": "price", "at_least": 10**400}, "filter.price.at_least must be a finite"),
        ({"field": "price", "at_least": True}, "filter.price.at_least must be a finite"),
        ({"all": [{"field": "price", "is": ["9"]}]}, "filter.all[0].price.is[0] must be a finite"),
        ({"field": "brand", "at_least": 3}, "only numbers have an order"),
        ({"field": "brand", "exists": "yes"}, "filter.brand.exists must be true or false"),
        ({"field": "brand", "is": []}, "filter.brand.is must have 1 to 100 values"),
        ({"field": "brand", "is": ["x"] * 101}, "filter.brand.is must have 1 to 100 values"),
        ({"field": "brand", "is": "x" * 201}, "filter.brand.is must be text of 1 to 200"),
        ({"field": "brand", "is": 7}, "filter.brand.is must be text"),
        ({"field": "brand", "is": " "}, "filter.brand.is must be text"),
        ({"field": "on_sale", "is": "yes"}, "filter.on_sale.is must be true or false"),
        ({"field": "availability", "is": "gone"}, "filter.availability.is must be one of in_stock"),
        (_deep(9), "lies too deep: a filter has 8 levels"),
        ({"any": [BRAND] * 100}, "filter.any[99] is too much"),
    ],
)
def test_what_is_not_written_as_a_filter_is_refused_with_its_place(
    document: object, words: str
) -> None:
    with pytest.raises(InvalidFilterError) as refused:
        parse_filter(document)
    assert words in str(refused.value)


def test_the_deepest_and_the_longest_filter_are_taken() -> None:
    parse_filter(_deep(8))
    parse_filter({"any": [BRAND] * 99})


@pytest.mark.parametrize(
    "document",
    [
        {"all": [{"field": "price", "at_most": 5, "at_least": 1}, {"all": [BRAND, BRAND]}]},
        {"any": [BRAND, {"field": "category", "is": ["b", "A", "b"]}]},
        {"not": {"field": "price", "at_most": 5, "at_least": 1}},
        {"field": "attributes.x", "is": [True, 1, "1", "Ü"]},
        {"any": []},
        {"all": []},
        {"not": {"not": {"not": {"not": {"not": {"not": {"not": {**BRAND, "exists": True}}}}}}}},
    ],
)
def test_the_canonical_form_is_a_filter_that_stays_as_it_is(document: object) -> None:
    canonical = canonical_filter(parse_filter(document))
    assert canonical_filter(parse_filter(json.loads(canonical))) == canonical


def test_order_case_and_repetition_make_no_other_filter() -> None:
    left = {"all": [BRAND, {"all": [{"field": "sizes", "is": ["M", "s", "m "]}]}]}
    right = {"all": [{"field": "size", "is": ["S", "M"]}, {"field": "brand", "is": "ACME"}, BRAND]}
    assert canonical_filter(parse_filter(left)) == canonical_filter(parse_filter(right))


def test_a_yes_and_the_number_one_are_two_values() -> None:
    yes, number = ({"field": "attributes.x", "is": value} for value in (True, 1))
    assert canonical_filter(parse_filter(yes)) != canonical_filter(parse_filter(number))


def test_categories_are_compared_as_they_are_written() -> None:
    small, large = ({"field": "category", "is": value} for value in ("a", "A"))
    assert canonical_filter(parse_filter(small)) != canonical_filter(parse_filter(large))
