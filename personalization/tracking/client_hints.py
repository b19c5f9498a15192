import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from personalization.domain.event import Device
from personalization.domain.identifiers import Region
from personalization.domain.region import parse_region

_LANGUAGE_REGION: Final = re.compile(r"\b[a-z]{2,3}(?:-[A-Za-z]{4})?-([A-Za-z]{2})\b")
_TABLET: Final = ("iPad", "Tablet")
_MOBILE: Final = ("Mobi", "iPhone", "Android")
_DESKTOP: Final = ("Windows", "Macintosh", "X11", "CrOS")
HEADER_READ: Final = 512
"""Characters of a header that are looked at; those of browsers are shorter."""


@dataclass(frozen=True, slots=True)
class ClientHints:
    region: Region | None
    device: Device
    is_refused: bool = False
    """Whether the shopper does not want to be chosen for."""


def region_of(accept_language: str) -> Region | None:
    """Return the first country named in an Accept-Language header."""
    return _first_region(accept_language[:HEADER_READ])


@lru_cache(maxsize=1_024)
def _first_region(accept_language: str) -> Region | None:
    found = _LANGUAGE_REGION.search(accept_language)
    return parse_region(found.group(1)) if found else None


def device_of(user_agent: str) -> Device:
    return _kind_of_device(user_agent[:HEADER_READ])


@lru_cache(maxsize=1_024)
def _kind_of_device(agent: str) -> Device:
    # Phones say Mobile after Android, tablets do not.
    android_tablet = agent.rfind("Android") > agent.rfind("Mobile")
    if android_tablet or _says(agent, _TABLET):
        return Device.TABLET
    if _says(agent, _MOBILE):
        return Device.MOBILE
    return Device.DESKTOP if _says(agent, _DESKTOP) else Device.UNKNOWN


def _says(agent: str, words: tuple[str, ...]) -> bool:
    return any(word in agent for word in words)
