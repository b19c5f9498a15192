"""Names of countries as data sets write them, as ISO 3166-1 alpha-2 codes."""

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
_NOWHERE = frozenset({"unspecified", "european community"})


def region_of(country: object) -> Region | None:
    """Return the code of a country, its name as a code where it is not known, None for nowhere."""
    name = (fields.text(country) or "unspecified").casefold()
    if name in _NOWHERE:
        return None
    return Region(_CODES.get(name) or fields.slug(name))
