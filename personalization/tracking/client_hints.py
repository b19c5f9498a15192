import re
from dataclasses import dataclass
from typing import Final

from personalization.domain.event import Device
from personalization.domain.identifiers import Region

REGION: Final = re.compile(r"[a-z0-9_-]{2,16}")
_LANGUAGE_REGION: Final = re.compile(r"\b[a-z]{2,3}(?:-[A-Za-z]{4})?-([A-Za-z]{2})\b")
_TABLET: Final = re.compile(r"iPad|Tablet|Android(?!.*Mobile)")
_MOBILE: Final = re.compile(r"Mobi|iPhone|Android")
_DESKTOP: Final = re.compile(r"Windows|Macintosh|X11|CrOS")


@dataclass(frozen=True, slots=True)
class ClientHints:
    region: Region | None
    device: Device


def region_of(accept_language: str) -> Region | None:
    """Return the first country named in an Accept-Language header."""
    found = _LANGUAGE_REGION.search(accept_language)
    return Region(found.group(1).lower()) if found else None


def device_of(user_agent: str) -> Device:
    if _TABLET.search(user_agent):
        return Device.TABLET
    if _MOBILE.search(user_agent):
        return Device.MOBILE
    return Device.DESKTOP if _DESKTOP.search(user_agent) else Device.UNKNOWN
