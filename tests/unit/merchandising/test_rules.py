"""Rules are refused with a sentence where they cannot be meant."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from personalization.domain.errors import InvalidRuleError
from personalization.domain.identifiers import CategoryId, ProductId, Region, RuleId
from personalization.merchandising.rule import MerchandisingRule, RuleKind
from personalization.merchandising.rule_book import RuleBook, unknown_names, warnings_of
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.rule import a_rule

_PRICED = {"percent": None, "product_ids": ("a", "b"), "price": Decimal(5), "currency": "EUR"}

HOUR = timedelta(hours=1)
SHIRT = ProductId("shirt-1")
SHIRTS = {SHIRT: a_product(product_id=SHIRT, category_id=CategoryId("shirts"))}


@pytest.mark.parametrize("kind", RuleKind)
def test_every_kind_can_be_scheduled_in_a_region(kind: RuleKind) -> None:
    rule = a_rule(kind, "shirt-1", regions=(Region("cz"),), starts_at=NOON, ends_at=NOON + HOUR)

    assert [rule.holds_at(NOON + late * HOUR) for late in (-1, 0, 0.5, 1)] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("kind", "overrides", "why"),
    [
        (RuleKind.PIN, {"position": None}, "takes a position from 1"),
        (RuleKind.PIN, {"position": 0}, "takes a position from 1"),
        (RuleKind.PIN, {"placements": ()}, "exactly one placement"),
        (RuleKind.PIN, {"product_ids": (SHIRT, ProductId("skirt-1"))}, "exactly one product"),
        (RuleKind.PIN, {"category_ids": (CategoryId("shirts"),)}, "not a category"),
        (RuleKind.PIN, {"amount": 1.0}, "takes no amount"),
        (RuleKind.BOOST, {"amount": None}, "above 0"),
        (RuleKind.BOOST, {"amount": -0.5}, "above 0"),
        (RuleKind.BOOST, {"amount": float("nan")}, "above 0"),
        (RuleKind.BOOST, {"placements": ("home",)}, "whole page"),
        (RuleKind.BURY, {"amount": 11.0}, "at most 10"),
        (RuleKind.BURY, {"position": 1}, "only a pin"),
        (RuleKind.EXCLUDE, {"product_ids": ()}, "names nothing"),
        (RuleKind.EXCLUDE, {"amount": 1.0}, "takes no amount"),
        (RuleKind.OUT_OF_STOCK, {"category_ids": (CategoryId("shirts"),)}, "by product"),
        (RuleKind.OUT_OF_STOCK, {"placements": ("home",)}, "whole page"),
        (RuleKind.OFFER, {"percent": None}, "from 1 to 90"),
        (RuleKind.OFFER, {"percent": 0}, "from 1 to 90"),
        (RuleKind.OFFER, {"percent": 100}, "from 1 to 90"),
        (RuleKind.OFFER, {"amount": 1.0}, "not an amount"),
        (RuleKind.OFFER, {"placements": ("home",)}, "whole page"),
        (RuleKind.BOOST, {"percent": 5}, "only an offer"),
        (RuleKind.BOOST, {"price": Decimal(5)}, "only an offer"),
        (RuleKind.OFFER, {"currency": "EUR"}, "only a price"),
        (RuleKind.OFFER, {"price": Decimal(5), "currency": "EUR"}, "or a price"),
        (RuleKind.OFFER, {**_PRICED, "currency": None}, "needs its currency"),
        (RuleKind.OFFER, {**_PRICED, "currency": "EUX"}, "needs its currency"),
        (RuleKind.OFFER, {**_PRICED, "price": Decimal("0.999")}, "at most 2 decimals"),
        (RuleKind.OFFER, {**_PRICED, "price": Decimal("1.5"), "currency": "JPY"}, "0 decimals"),
        (RuleKind.OFFER, {**_PRICED, "price": Decimal(0)}, "above 0"),
        (RuleKind.OFFER, {**_PRICED, "price": Decimal("NaN")}, "above 0"),
        (RuleKind.OFFER, {**_PRICED, "product_ids": ("a",)}, "2 to 10 products"),
        (RuleKind.OFFER, {**_PRICED, "product_ids": ("a", "a")}, "2 to 10 products"),
        (RuleKind.OFFER, {**_PRICED, "product_ids": ()}, "2 to 10 products"),
        (RuleKind.OFFER, {**_PRICED, "category_ids": ("c",)}, "two offers"),
        (RuleKind.EXCLUDE, {"starts_at": NOON, "ends_at": NOON}, "after 'from'"),
        (RuleKind.EXCLUDE, {"starts_at": datetime(2025, 6, 1)}, "need an offset"),  # noqa: DTZ001
        (RuleKind.EXCLUDE, {"author": " "}, "needs an author"),
        (RuleKind.EXCLUDE, {"reason": ""}, "needs a reason"),
        (RuleKind.EXCLUDE, {"rule_id": RuleId("two words")}, "its id is"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    kind: RuleKind, overrides: dict[str, Any], why: str
) -> None:
    rule = a_rule(kind, "shirt-1")

    with pytest.raises(InvalidRuleError, match=why):
        replace(rule, **overrides)


def test_two_products_are_not_pinned_at_one_position_at_the_same_time() -> None:
    first = a_rule(RuleKind.PIN, "shirt-1", ends_at=NOON)
    second = a_rule(RuleKind.PIN, "skirt-1", starts_at=NOON)

    assert RuleBook((first, second)).rules == (first, second)
    with pytest.raises(InvalidRuleError, match="the same position at the same time"):
        RuleBook((first, replace(second, starts_at=NOON - HOUR)))


def test_pins_of_different_regions_or_placements_do_not_contradict() -> None:
    here = a_rule(RuleKind.PIN, "shirt-1", regions=(Region("cz"), Region("pl")))
    there = a_rule(RuleKind.PIN, "skirt-1", regions=(Region("de"),))
    aside = a_rule(RuleKind.PIN, "skirt-2", placements=("aside",))

    assert len(RuleBook((here, there, aside)).rules) == 3
    with pytest.raises(InvalidRuleError, match="pin the same position"):
        RuleBook((here, replace(there, regions=())))


def test_a_product_is_not_pinned_twice_at_the_same_time() -> None:
    first = a_rule(RuleKind.PIN, "shirt-1")
    again = replace(first, rule_id=RuleId("again"), placements=("aside",))

    with pytest.raises(InvalidRuleError, match="pin the same product"):
        RuleBook((first, again))


def test_ids_are_unique_and_a_rule_of_the_same_id_takes_the_place() -> None:
    boost = a_rule(RuleKind.BOOST, "shirt-1")
    book = RuleBook((boost,))

    with pytest.raises(InvalidRuleError, match="Two rules have the id"):
        RuleBook((boost, boost))
    assert book.with_rule(replace(boost, amount=1.0)).rules[0].amount == 1.0
    assert book.without(boost.rule_id).rules == ()
    with pytest.raises(InvalidRuleError, match="There is no rule 'other'"):
        book.without(RuleId("other"))


def test_names_that_the_catalogue_lacks_are_told() -> None:
    rules = [
        a_rule(RuleKind.BOOST, "shirt-1", "gone", category_ids=(CategoryId("shirts"),)),
        a_rule(RuleKind.EXCLUDE, category_ids=(CategoryId("hats"),)),
    ]

    assert unknown_names(rules, SHIRTS, [CategoryId("shirts")]) == [
        "Rule 'boost-shirt-1-gone': the catalogue has no product 'gone'.",
        "Rule 'exclude-all': the catalogue has no category 'hats'.",
    ]


@pytest.mark.parametrize(
    "hiding",
    [
        a_rule(RuleKind.OUT_OF_STOCK, "shirt-1"),
        a_rule(RuleKind.EXCLUDE, category_ids=(CategoryId("shirts"),)),
    ],
    ids=["out of stock", "its category excluded"],
)
def test_a_boost_of_what_is_hidden_is_warned_of(hiding: MerchandisingRule) -> None:
    boost = a_rule(RuleKind.BOOST, "shirt-1", starts_at=NOON)
    book = RuleBook((boost, hiding))

    assert warnings_of(book, SHIRTS, NOON) == [
        f"Rule 'boost-shirt-1' has no effect on 'shirt-1' while rule {hiding.rule_id!r} hides it."
    ]
    before = replace(hiding, ends_at=NOON)
    assert warnings_of(RuleBook((boost, before)), SHIRTS, NOON - HOUR) == []


def test_a_rule_that_is_over_is_warned_of() -> None:
    book = RuleBook((a_rule(RuleKind.BOOST, "shirt-1", ends_at=NOON),))

    assert [warning[:30] for warning in warnings_of(book, SHIRTS, NOON)] == [
        "Rule 'boost-shirt-1' is over s"
    ]


def test_a_pin_meets_any_other_that_holds_beside_it_however_many_came_between() -> None:
    def pin(name: str, first: int, last: int | None, *regions: str) -> MerchandisingRule:
        return a_rule(
            RuleKind.PIN,
            name,
            rule_id=RuleId(name),
            regions=tuple(map(Region, regions)),
            starts_at=NOON + first * HOUR,
            ends_at=None if last is None else NOON + last * HOUR,
        )

    hours = [pin(f"hour-{number}", number, number + 1) for number in range(5_000)]
    assert len(RuleBook(tuple(hours)).rules) == 5_000
    elsewhere = pin("open", 0, None, "pl"), pin("other", 3, None, "de"), pin("third", 9, 10, "cz")
    assert len(RuleBook(elsewhere).rules) == 3
    with pytest.raises(InvalidRuleError, match="'open' and 'last' pin the same position"):
        RuleBook((pin("last", 4_999, 5_000, "pl"), *elsewhere))
    with pytest.raises(InvalidRuleError, match="'hour-4999' and 'late' pin the same position"):
        RuleBook((*hours, pin("late", 4_999, None)))


@pytest.mark.parametrize(
    ("price", "currency", "notes"), [(70, "USD", 0), (79, "USD", 1), (10, "EUR", 1)]
)
def test_a_set_that_saves_nothing_is_noted(price: int, currency: str, notes: int) -> None:
    """Each of the two costs 39.50 USD."""
    products = {name: a_product(product_id=name) for name in (SHIRT, ProductId("shirt-2"))}
    priced = {"percent": None, "price": Decimal(price), "currency": currency}
    book = RuleBook((a_rule(RuleKind.OFFER, "shirt-1", "shirt-2", **priced),))

    said = warnings_of(book, products, NOON)

    assert len(said) == notes
    assert all("is shown nowhere" in note for note in said)
