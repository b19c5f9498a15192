"""The time of day that follows a date, with its zone."""

import re
from datetime import UTC, time, timedelta, timezone
from typing import Final

_TIME: Final = re.compile(
    r"(\d{1,2})(?:[:.h](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?)?"
    r" ?(am|pm|a\.m\.|p\.m\.|uhr)?[ ]?(.{0,40})",
    re.IGNORECASE,
)
_OFFSET: Final = re.compile(r"(?:gmt|utc)? ?([+-])(\d{1,2}):?(\d{2})?", re.IGNORECASE)
_UTC: Final = frozenset({"z", "utc", "gmt"})
_NOON: Final = 12


def day_time(text: str) -> time:
    """Return `9:10 PM +01:00` as a time, aware where it names a zone.

    Raises `ValueError` for anything else, also for names of zones such as EST, which several
    countries use for different times.
    """
    written = text.strip().removeprefix("T").strip(", ")
    if not written:
        return time()
    found = _TIME.fullmatch(written)
    if found is None:
        raise ValueError(f"{text!r} is no time of day")
    hour, minute, second, fraction, half, zone = found.groups()
    if minute is None and half is None:
        raise ValueError(f"{text!r} is an hour at most")
    return time(
        _hour(int(hour), (half or "").casefold().replace(".", "")),
        int(minute or 0),
        int(second or 0),
        int((fraction or "0").ljust(6, "0")[:6]),
        tzinfo=_zone(zone),
    )


def _hour(hour: int, half: str) -> int:
    if half not in {"am", "pm"}:
        return hour
    if not 1 <= hour <= _NOON:
        raise ValueError(f"there is no {hour} {half}")
    return hour % _NOON + (_NOON if half == "pm" else 0)


def _zone(text: str) -> timezone | None:
    name = text.partition("(")[0].strip().casefold()
    if not name:
        return None
    if name in _UTC:
        return UTC
    found = _OFFSET.fullmatch(name)
    if found is None:
        raise ValueError(f"{text!r} is no time zone that means one thing: write its offset")
    sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-offset if sign == "-" else offset)
