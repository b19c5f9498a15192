"""Names of countries as data sets write them, as ISO 3166-1 alpha-2 codes."""

import re
from functools import cache

from importers.tables import fields
from personalization.domain.identifiers import Region

_CODES = {
    "australia": "au", "austria": "at", "bahrain": "bh", "belgium": "be", "bermuda": "bm",
    "brazil": "br", "canada": "ca", "cyprus": "cy", "czech republic": "cz", "denmark": "dk",
    "eire": "ie", "finland": "fi", "france": "fr", "germany": "de", "greece": "gr",
    "hong kong": "hk", "iceland": "is", "ireland": "ie", "israel": "il", "italy": "it",
    "japan": "jp", "korea": "kr", "lebanon": "lb", "lithuania": "lt", "malta": "mt",
    "netherlands": "nl", "nigeria": "ng", "norway": "no", "poland": "pl", "portugal": "pt",
    "rsa": "za", "saudi arabia": "sa", "singapore": "sg", "spain": "es", "sweden": "se",
    "switzerland": "ch", "thailand": "th", "united arab emirates": "ae",
    "united kingdom": "gb", "usa": "us", "west indies": "west-indies",
    "channel islands": "channel-islands",
}  # fmt: skip
"""The last two are no country of the standard; they keep a code of their own."""
_ALIASES = {"uk": "gb", "el": "gr"}
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"})
_NOWHERE = frozenset({"unspecified", "european community"})


_LANGUAGES = (
    "en", "en_GB", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs", "sk",
    "hu", "ro", "tr", "el", "ru", "uk", "bg", "hr", "sl", "lt", "lv", "et", "ja", "zh", "ar",
)  # fmt: skip
_CODE = re.compile(r"[a-z]{2,3}|\d{3}", re.ASCII)


def region_of(country: object) -> Region | None:
    """Return the code of a country by its name or code, None for nowhere.

    Raises `ValueError` where no country is called so.
    """
    name = (fields.text(country) or "unspecified").casefold()
    if name in _NOWHERE:
        return None
    code = _CODES.get(name) or _code_of(name)
    if code is None:
        raise ValueError(f"{country!r} is no country")
    return Region(code)


@cache
def _code_of(name: str) -> str | None:
    from babel import Locale
    from babel.core import get_global

    territories = Locale("en").territories
    code: str
    aliases: list[str]
    if _CODE.fullmatch(name):
        code = _ALIASES.get(name, name).upper()
        aliases = get_global("territory_aliases").get(code, [code])
        if len(aliases) == 1 and len(aliases[0]) == len("DE") and aliases[0] in territories:
            return aliases[0].lower()
    return _by_name().get(fields.slug(name))


@cache
def _by_name() -> dict[str, str]:
    """Return the codes by name in many languages, without names that two countries have."""
    from babel import Locale

    codes: dict[str, set[str]] = {}
    for language in _LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if len(code) == len("DE") and code not in _NO_COUNTRIES:
                codes.setdefault(fields.slug(name), set()).add(code.lower())
    return {name: next(iter(found)) for name, found in codes.items() if len(found) == 1}
