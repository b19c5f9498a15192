"""Prices as calls write them: numbers, or texts that can be read in one way only."""

import math
from typing import Final, NamedTuple

from personalization.catalogue.editing.verdicts import FieldFaultError, quote
from personalization.readings.amounts import take_apart, values_of
from personalization.readings.currencies import CURRENCIES, currencies_of

MOST: Final = 1e12
"""Of any currency: more is a mistake."""


class Money(NamedTuple):
    amount: float
    currencies: frozenset[str]
    """What a sign or code beside it may stand for; none where there is none."""


_BARE: Final = frozenset[str]()


def read_money(value: object) -> Money:
    """Return an amount from 0, such as 12.5, "12,50 €" or "EUR 1.299,00"."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Money(_check(float(value), value), _BARE)
    if not isinstance(value, str):
        raise FieldFaultError("not_a_price", f"Write the price as a number, not {quote(value)}.")
    written = take_apart(value)
    if written is None:
        raise FieldFaultError("not_a_price", f"Write the price as a number, not {quote(value)}.")
    currencies = currencies_of(written.mark)
    if written.mark and not currencies:
        raise FieldFaultError(
            "not_a_price",
            f"Write the price as a number, or with a currency beside it, not {quote(value)}.",
        )
    point, comma = values_of(written.body)
    if point is not None and comma is not None and point != comma:
        raise FieldFaultError(
            "ambiguous_price",
            f"{quote(value)} is {point:,g} with a decimal point and {comma:,g} with a decimal "
            "comma: write it as a number.",
        )
    amount = point if point is not None else comma
    if amount is None:
        raise FieldFaultError("not_a_price", f"Write the price as a number, not {quote(value)}.")
    return Money(_check(-amount if written.negative else amount, value), currencies)


def read_currency(value: object) -> str:
    code = value.strip().upper() if isinstance(value, str) else ""
    if code not in CURRENCIES:
        raise FieldFaultError(
            "unknown_currency", f"Write a code of ISO 4217 such as EUR, not {quote(value)}."
        )
    return code


def _check(amount: float, value: object) -> float:
    if not math.isfinite(amount) or amount > MOST:
        raise FieldFaultError("price_too_high", f"{quote(value)} is more than any price.")
    if amount < 0:
        raise FieldFaultError("negative_price", f"A price is 0 or more, not {quote(value)}.")
    return amount
