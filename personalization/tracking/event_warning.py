"""What a taken event lost or had corrected, as its verdict says it."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

import msgspec

NAMED: Final = 20
"""Names that a warning lists: an answer must not grow with what was sent."""
MOST_NAMES: Final = 1_000
"""Names that are looked at for them."""
LONGEST_NAME: Final = 64


class EventWarning(msgspec.Struct, frozen=True, omit_defaults=True):
    """The event was taken; this was left out of it or corrected."""

    code: str
    """For programs."""
    detail: str
    """With what to do about it."""
    names: tuple[str, ...] = ()
    """The fields or ids that it is about, the first of them."""


def warning(code: str, detail: str, names: Iterable[str] = ()) -> EventWarning:
    """Return a warning that names each field or id once, and not more than fit into an answer."""
    short = (_shorten(name) for name in islice(names, MOST_NAMES))
    return EventWarning(code, detail, tuple(dict.fromkeys(short))[:NAMED])


def _shorten(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
