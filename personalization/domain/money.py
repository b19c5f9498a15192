"""Money as whole millionths of a currency's unit: sums of floats depend on their order."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

MICROS: Final = 1_000_000
"""In a unit: more decimals than any currency has, so that prices per piece stay exact."""
MAXIMUM_PRICE: Final = 1_000_000_000
"""In units: above the price of anything, in any currency."""
_CODES: Final = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL
GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW
KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN
NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK
SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS
VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES: Final = frozenset(_CODES.split())
"""ISO 4217, without funds, metals and testing codes."""


def micros_of(amount: Decimal) -> int | None:
    """Return millionths, None unless it is 0 to `MAXIMUM_PRICE` with at most six decimals."""
    if not amount.is_finite() or not 0 <= amount <= MAXIMUM_PRICE:
        return None
    micros = amount * MICROS
    return int(micros) if micros == micros.to_integral_value() else None


def rounded_micros(amount: float) -> int:
    """Return the price of a catalogue in millionths."""
    return round(amount * MICROS)


@lru_cache
def currency_digits(currency: str) -> int:
    """Return how many decimals amounts of a currency have, by CLDR: 2 of EUR, 0 of JPY."""
    # Imported where money is divided: most processes never do.
    from babel.numbers import get_currency_precision

    return get_currency_precision(currency)


def minor_units(amount: float | Decimal, currency: str) -> int:
    """Return an amount in the smallest units of its currency, cents for EUR, half of one up."""
    exact = amount if isinstance(amount, Decimal) else Decimal(repr(amount))
    scaled = exact.scaleb(currency_digits(currency))
    return int(scaled.quantize(Decimal(1), ROUND_HALF_UP))


def allocate(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Divide a total by weights, not all 0, so that the parts add up to it (largest remainder).

    Of equal remainders the first is rounded up. No part is larger than its weight where the total
    is not larger than their sum.
    """
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -remainders[place])
    for place in by_remainder[: total - sum(parts)]:
        parts[place] += 1
    return tuple(parts)
