"""Quickly made values are what slowly made ones are."""

from dataclasses import FrozenInstanceError, dataclass, field, replace
from typing import NamedTuple

import pytest

from personalization.value_classes import copy_with, make_all, set_by_slots


@set_by_slots
@dataclass(frozen=True, slots=True)
class Price:
    amount: float
    currency: str = "EUR"


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    price: Price
    title: str = "Shirt"


class Pair(NamedTuple):
    first: str
    second: float


def test_constructors_take_the_same_arguments() -> None:
    assert Price(1.5) == Price(amount=1.5, currency="EUR")
    assert repr(Offer(price=Price(2.0, "PLN"))) == (
        "Offer(price=Price(amount=2.0, currency='PLN'), title='Shirt')"
    )
    with pytest.raises(TypeError):
        Price()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Offer(Price(2.0))  # type: ignore[call-arg]


def test_values_stay_frozen_and_can_be_replaced_and_hashed() -> None:
    price = Price(1.5)

    with pytest.raises(FrozenInstanceError):
        price.amount = 2.0  # type: ignore[misc]
    assert replace(price, amount=2.0) == Price(2.0)
    assert hash(price) == hash(Price(1.5))


def test_a_class_that_does_more_when_it_is_made_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class WithFactory:
        names: list[str] = field(default_factory=list)

    with pytest.raises(TypeError, match="WithFactory"):
        set_by_slots(WithFactory)


def test_named_tuples_made_together_are_those_made_one_by_one() -> None:
    made = make_all(Pair, zip(["a", "b"], [1.0, 2.0], strict=True))

    assert made == [Pair("a", 1.0), Pair("b", 2.0)]
    assert made[0].second == 1.0


def test_a_changed_value_is_the_one_that_the_standard_library_makes() -> None:
    offer = Offer(price=Price(2.0, "PLN"), title="Skirt")

    assert copy_with(offer, title="Coat") == replace(offer, title="Coat")
    assert copy_with(Price(1.0), amount=2.0) == Price(2.0)
    assert copy_with(offer) == offer
    with pytest.raises(TypeError):
        copy_with(offer, colour="red")
