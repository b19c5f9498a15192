import pytest

from personalization.catalogue.filters.contradictions import contradiction_of
from personalization.catalogue.filters.filter_document import parse_filter

ACME = {"field": "brand", "is": "Acme"}
OTHER = {"field": "brand", "is": ["Bolt", "Crux"]}
CHEAP = {"field": "price", "at_most": 10}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"field": "price", "at_least": 5, "at_most": 4}, "price is asked to be at least 5 and at"),
        (
            {"all": [CHEAP, {"all": [{"field": "price", "at_least": 11}]}]},
            "at least 11 and at most",
        ),
        ({"all": [ACME, OTHER]}, "brand is asked to be acme and bolt or crux at once"),
        ({"all": [ACME, {"not": {"field": "brand", "is": "ACME"}}]}, "acme and not to be it"),
        ({"all": [OTHER, {"not": {"any": [OTHER, CHEAP]}}]}, "not to be it"),
        ({"all": [ACME, {"field": "brand", "exists": False}]}, "missing and to have a value"),
        ({"all": [ACME, {"not": {"field": "brand", "exists": True}}]}, "missing and to have"),
        ({"field": "price", "is": [3, 4], "at_least": 5}, "price is asked to be 3 or 4 and to lie"),
        ({"any": []}, "no alternatives"),
        ({"not": {"all": []}}, "no alternatives"),
        ({"all": [CHEAP, {"any": []}]}, "no alternatives"),
        ({"any": [{"all": [ACME, OTHER]}, {"any": []}]}, "at once"),
        (
            {"all": [{"field": "size", "is": "S"}, {"not": {"field": "size", "is": ["s", "m"]}}]},
            "size is asked to be s and not to be it",
        ),
        ({"all": [{"field": "on_sale", "is": True}, {"field": "on_sale", "is": False}]}, "at once"),
    ],
)
def test_what_nothing_can_match_is_named(document: object, words: str) -> None:
    assert words in (contradiction_of(parse_filter(document)) or "none")


@pytest.mark.parametrize(
    "document",
    [
        {"all": []},
        ACME,
        {"not": ACME},
        {"not": {"any": []}},
        {"any": [{"all": [ACME, OTHER]}, CHEAP]},
        {"field": "price", "at_least": 5, "at_most": 5},
        {"all": [{"field": "size", "is": "S"}, {"field": "size", "is": "M"}]},
        {"all": [{"field": "category", "is": "shoes"}, {"field": "category", "is": "sneakers"}]},
        {
            "all": [
                {"field": "attributes.x", "is": True},
                {"not": {"field": "attributes.x", "is": 1}},
            ]
        },
        {"all": [OTHER, {"not": {"field": "brand", "is": "Bolt"}}]},
    ],
)
def test_what_something_may_match_is_no_contradiction(document: object) -> None:
    assert contradiction_of(parse_filter(document)) is None
