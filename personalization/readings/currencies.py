"""Currencies by the codes and signs that stand beside amounts."""

from typing import Final

CURRENCIES: Final = frozenset(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP
    BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL
    GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW
    KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN
    NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK
    SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED
    VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG""".split()  # noqa: SIM905 - readable
)
"""The codes of ISO 4217 that prices are in."""
_DOLLARS: Final = frozenset(
    """USD AUD CAD NZD HKD SGD MXN ARS CLP COP TWD BBD BMD BND BSD BZD FJD GYD JMD KYD LRD NAD SBD
    SRD TTD XCD UYU""".split()  # noqa: SIM905 - readable
)
_SIGNS: Final = {
    "€": "EUR", "euro": "EUR", "euros": "EUR",
    "us$": "USD", "usd$": "USD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD",
    "nz$": "NZD", "hk$": "HKD", "s$": "SGD", "r$": "BRL", "mx$": "MXN", "nt$": "TWD",
    "₹": "INR", "rs": "INR PKR LKR NPR MUR SCR", "re": "INR PKR", "円": "JPY", "元": "CNY",
    "£": "GBP EGP LBP SYP GIP FKP SHP SDG", "¥": "JPY CNY", "zł": "PLN", "zl": "PLN",
    "kč": "CZK", "kc": "CZK", "kr": "SEK NOK DKK ISK", "dkr": "DKK", "nkr": "NOK", "skr": "SEK",
    "ft": "HUF", "lei": "RON MDL", "leu": "RON MDL", "лв": "BGN", "₽": "RUB", "руб": "RUB",  # noqa: RUF001 - it is Cyrillic
    "₴": "UAH", "грн": "UAH", "₺": "TRY", "tl": "TRY", "₩": "KRW", "원": "KRW", "₪": "ILS",
    "฿": "THB", "₫": "VND", "đ": "VND", "fr": "CHF", "sfr": "CHF", "fr.": "CHF", "₦": "NGN",
    "₱": "PHP", "₸": "KZT", "₼": "AZN", "₾": "GEL", "₡": "CRC", "₲": "PYG", "₵": "GHS",
    "₭": "LAK", "₮": "MNT", "៛": "KHR", "৳": "BDT", "rp": "IDR", "rm": "MYR",
}  # fmt: skip
"""Signs that several currencies share have all of them."""
_FIRST: Final = {"$": "USD", "£": "GBP"}
"""What a shared sign means in the data set of a shop that says nothing else."""


def currencies_of(mark: str) -> frozenset[str]:
    """Return what a sign or code may stand for; nothing where it is no currency."""
    if mark.upper() in CURRENCIES:
        return frozenset((mark.upper(),))
    sign = mark.casefold().rstrip(".")
    if sign == "$":
        return _DOLLARS
    return frozenset(_SIGNS.get(sign, "").split())


def looks_like_currency(mark: str) -> bool:
    """Whether a text beside an amount is meant as a currency, known or not."""
    letters = mark.rstrip(".")
    return (len(letters) == len("EUR") and letters.isalpha() and letters.isupper()) or any(
        "\u20a0" <= sign <= "\u20cf" or sign in "$£¥¤" for sign in mark
    )


def settle(marks: dict[str, frozenset[str]], otherwise: str) -> str | None:
    """Return the currency that all signs of a column may mean; None where that is not one."""
    shared = frozenset.intersection(*marks.values())
    if otherwise in shared:
        return otherwise
    usual = next((code for sign, code in _FIRST.items() if sign in marks), None)
    if usual in shared:
        return usual
    return next(iter(shared)) if len(shared) == 1 else None
