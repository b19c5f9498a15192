"""What a bundle costs under an offer: the one place in which its saving is computed.

All amounts are whole smallest units of the currency. Of a percentage the saving is

    saving = round(before * percent / 100), half of a unit up

and of a price what lies between it and the sum of the products' prices. It is divided among the
products by their prices, by largest remainder, so that what the lines cost adds up to what the
bundle costs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from personalization.domain.money import allocate, currency_digits, minor_units
from personalization.domain.product import Product
from personalization.domain.profile import BundleLine, BundleOffer, BundlePrice
from personalization.merchandising.in_force import Offer

_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class PricedOffer:
    """An offer for certain products."""

    percent: int
    """That of the offer, or what its price comes to, rounded down but at least 1."""
    bundle_offer: BundleOffer

    @property
    def rank(self) -> tuple[int, int]:
        price = self.bundle_offer.price
        return price.saving if price is not None else -1, self.percent


def price_offer(offer: Offer, products: Sequence[Product]) -> PricedOffer | None:
    """Return what an offer makes of products; None where it saves nothing or cannot be computed."""
    price = _price_of(offer, products)
    said = BundleOffer(rule_id=offer.rule_id, reason=offer.reason, price=price)
    if offer.percent is not None:
        return PricedOffer(offer.percent, said)
    if price is None:
        return None
    return PricedOffer(max(1, _HUNDRED * price.saving // price.before), said)


def _price_of(offer: Offer, products: Sequence[Product]) -> BundlePrice | None:
    currencies = {product.currency for product in products}
    prices = [product.price for product in products if product.price is not None]
    if len(currencies) != 1 or len(prices) < len(products):
        return None
    [currency] = currencies
    if offer.currency not in (None, currency):
        return None
    amounts = [minor_units(price, currency) for price in prices]
    before = sum(amounts)
    saving = _saving_of(offer, before, currency)
    if saving <= 0:
        return None
    parts = allocate(saving, amounts)
    lines = tuple(
        BundleLine(product_id=product.product_id, before=amount, after=amount - part)
        for product, amount, part in zip(products, amounts, parts, strict=True)
    )
    return BundlePrice(
        currency=currency,
        digits=currency_digits(currency),
        before=before,
        after=before - saving,
        saving=saving,
        lines=lines,
    )


def _saving_of(offer: Offer, before: int, currency: str) -> int:
    if offer.price is not None:
        return before - minor_units(offer.price, currency)
    return (2 * before * (offer.percent or 0) + _HUNDRED) // (2 * _HUNDRED)
