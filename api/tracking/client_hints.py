"""What a request tells about its sender: region and device."""

import re
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers

from personalization.domain.event import Device
from personalization.domain.identifiers import Region

REGION: Final = re.compile(r"[a-z0-9_-]{2,16}")
_LANGUAGE_REGION: Final = re.compile(r"\b[a-z]{2,3}(?:-[A-Za-z]{4})?-([A-Za-z]{2})\b")
_TABLET: Final = re.compile(r"iPad|Tablet|Android(?!.*Mobile)")
_MOBILE: Final = re.compile(r"Mobi|iPhone|Android")
_DESKTOP: Final = re.compile(r"Windows|Macintosh|X11|CrOS")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where the sender is and what they hold; both are guesses unless they were stated."""

    region: Region | None
    device: Device


def region_of(accept_language: str) -> Region | None:
    """Return the first country named in an Accept-Language header."""
    found = _LANGUAGE_REGION.search(accept_language)
    return Region(found.group(1).lower()) if found else None


def device_of(user_agent: str) -> Device:
    """Return the kind of device a User-Agent header names."""
    if _TABLET.search(user_agent):
        return Device.TABLET
    if _MOBILE.search(user_agent):
        return Device.MOBILE
    return Device.DESKTOP if _DESKTOP.search(user_agent) else Device.UNKNOWN


def visitor_of(headers: Headers, region: str | None = None, device: str | None = None) -> Visitor:
    """Return the visitor, from what is stated first and from the headers otherwise."""
    stated = region.lower() if region and REGION.fullmatch(region.lower()) else None
    known = device if device in set(Device) else None
    return Visitor(
        region=Region(stated) if stated else region_of(headers.get("accept-language", "")),
        device=Device(known) if known else device_of(headers.get("user-agent", "")),
    )
