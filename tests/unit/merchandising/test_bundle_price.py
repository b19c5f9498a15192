"""A saving agrees to the smallest unit of its currency, wherever it is said."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.domain.identifiers import ProductId, RuleId
from personalization.domain.money import allocate, currency_digits, minor_units
from personalization.domain.profile import BundlePrice
from personalization.merchandising.bundle_price import PricedOffer, price_offer
from personalization.merchandising.in_force import Offer, RuleTargets
from personalization.merchandising.rule import LARGEST_PERCENT
from tests.builders.product import a_product

CURRENCIES = ("EUR", "JPY", "KWD", "USD", "CLF")
"""Of two, no, three, two and four decimals."""


def offer(
    percent: int | None = None, price: str | None = None, currency: str | None = None
) -> Offer:
    amount = None if price is None else Decimal(price)
    return Offer(RuleId("set"), percent, "a set", RuleTargets(), amount, currency)


def offer_of(
    prices: list[float | None], of: Offer, currencies: tuple[str, ...] = ("EUR",)
) -> PricedOffer | None:
    products = [
        a_product(
            product_id=ProductId(f"p{place}"),
            price=price,
            currency=currencies[place % len(currencies)],
        )
        for place, price in enumerate(prices)
    ]
    return price_offer(of, products)


def price(prices: list[float | None], of: Offer) -> BundlePrice | None:
    found = offer_of(prices, of)
    return None if found is None else found.bundle_offer.price


def test_a_percentage_is_taken_off_the_sum_and_divided_by_prices() -> None:
    found = price([19.99, 5.01, 0.0], offer(percent=15))
    assert found is not None
    assert (found.currency, found.digits) == ("EUR", 2)
    assert (found.before, found.saving, found.after) == (2500, 375, 2125)
    assert [(line.before, line.after) for line in found.lines] == [(1999, 1699), (501, 426), (0, 0)]


def test_half_a_unit_is_rounded_in_favour_of_the_shopper() -> None:
    found = price([0.25, 0.25], offer(percent=1))
    assert found is not None
    assert found.saving == 1


def test_a_price_is_that_of_the_whole() -> None:
    found = offer_of([30.0, 20.0], offer(price="39.90", currency="EUR"))
    assert found is not None
    assert found.percent == 20
    assert found.bundle_offer.price is not None
    assert (found.bundle_offer.price.after, found.bundle_offer.price.saving) == (3990, 1010)


@pytest.mark.parametrize(
    ("prices", "currencies", "asked"),
    [
        ([10.0, 20.0], ("EUR",), "30.00"),
        ([10.0, 20.0], ("EUR",), "31"),
        ([10.0, None], ("EUR",), "5"),
        ([10.0, 20.0], ("EUR", "USD"), "5"),
        ([10.0, 20.0], ("USD",), "5"),
    ],
    ids=["saves nothing", "dearer", "without a price", "two currencies", "other currency"],
)
def test_a_price_that_saves_nothing_is_no_offer(
    prices: list[float | None], currencies: tuple[str, ...], asked: str
) -> None:
    assert offer_of(prices, offer(price=asked, currency="EUR"), currencies) is None


def test_a_percentage_is_promised_also_where_no_sum_can_be_said() -> None:
    found = offer_of([10.0, None], offer(percent=10))
    assert found is not None
    assert (found.percent, found.bundle_offer.price) == (10, None)


@st.composite
def offers(draw: st.DrawFn) -> tuple[list[float | None], str, Offer]:
    currency = draw(st.sampled_from(CURRENCIES))
    digits = currency_digits(currency)
    units = st.integers(0, 10**9)
    amounts = draw(st.lists(units, min_size=2, max_size=10))
    prices: list[float | None] = [float(Decimal(n).scaleb(-digits)) for n in amounts]
    if draw(st.booleans()):
        return prices, currency, offer(percent=draw(st.integers(1, LARGEST_PERCENT)))
    asked = Decimal(draw(st.integers(1, 10**9))).scaleb(-digits)
    return prices, currency, offer(price=str(asked), currency=currency)


@given(offers())
def test_lines_add_up_to_what_the_bundle_costs(
    made: tuple[list[float | None], str, Offer],
) -> None:
    prices, currency, of = made
    found = offer_of(prices, of, (currency,))
    if found is None or found.bundle_offer.price is None:
        return
    whole = found.bundle_offer.price
    assert whole.before - whole.saving == whole.after >= 0 < whole.saving
    assert sum(line.before for line in whole.lines) == whole.before
    assert sum(line.after for line in whole.lines) == whole.after
    for line in whole.lines:
        exact = Decimal(whole.saving) * line.before / whole.before
        assert 0 <= line.after <= line.before
        assert abs(line.before - line.after - exact) < 1
    if of.price is not None:
        assert whole.after == minor_units(of.price, currency)
    else:
        exact = Decimal(whole.before) * (of.percent or 0) / 100
        assert abs(whole.saving - exact) <= Decimal("0.5")


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=20), st.data())
def test_parts_add_up_to_their_total(weights: list[int], data: st.DataObject) -> None:
    if not sum(weights):
        return
    total = data.draw(st.integers(0, sum(weights)))
    parts = allocate(total, weights)
    assert sum(parts) == total
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))
