"""What stands in one field, as calls write it. Each raises `FieldFaultError` for anything else."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from personalization.catalogue.editing.verdicts import FieldFaultError, quote
from personalization.domain.identifiers import MAXIMUM_ID_LENGTH, id_fault
from personalization.domain.product import AttributeValue, Availability

LONGEST_TITLE: Final = 1_000
LONGEST_DESCRIPTION: Final = 20_000
LONGEST_NAME: Final = 200
"""Of a brand, a size, a tag and whatever else has a name."""
LONGEST_ADDRESS: Final = 2_048
LONGEST_TEXT: Final = 2_000
"""Of an attribute."""
LONGEST_MARKET: Final = 16
MOST_TEXTS: Final = 200
"""Of a list of sizes, colours, tags, pictures or markets."""
MOST_ATTRIBUTES: Final = 100
MOST_LEVELS: Final = 10
"""Of a category's path."""
MOST_PIECES: Final = 2**31 - 1
_EXACT: Final = 2**53
_UNSEEN: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]+"
)
_BREAKS: Final = re.compile(r"[\t\n\r]+")
_WORDS: Final = re.compile(r"[\s_-]+")
_USUAL_ADDRESS: Final = re.compile(r"https?://[a-z0-9][a-z0-9.-]{0,250}/[!-~]{0,2048}")
"""Taking any address apart costs ten times as much."""
_AVAILABILITIES: Final = {
    **{state.value.replace("_", ""): state for state in Availability},
    "soldout": Availability.OUT_OF_STOCK,
    "discontinued": Availability.OUT_OF_STOCK,
    "available": Availability.IN_STOCK,
    "availablefororder": Availability.BACKORDER,
}


def read_id(value: object) -> str:
    """Return an id; a whole number is its decimal text."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise FieldFaultError("not_an_id", f"Write the id as text, not {quote(value)}.")
    text = str(value)
    fault = id_fault(text)
    if fault is None and _UNSEEN.search(text):
        fault = "holds invisible characters"
    if fault is not None:
        raise FieldFaultError(
            "invalid_id", f"The id {fault}: it has 1 to {MAXIMUM_ID_LENGTH} visible characters."
        )
    return text


def read_text(longest: int) -> Callable[[object], str | None]:
    """Return what reads a text on one line; None where nothing is left of it."""

    def read(value: object) -> str | None:
        if not isinstance(value, str):
            raise FieldFaultError("not_text", f"Write it as text, not {quote(value)}.")
        text = value if value.isprintable() else _BREAKS.sub(" ", _UNSEEN.sub(" ", value))
        text = text.strip()
        if len(text) > longest:
            raise FieldFaultError(
                "too_long", f"Shorten it: it has {len(text):,} characters, {longest:,} at most."
            )
        return text or None

    return read


def read_title(value: object) -> str:
    title = _TITLE(value)
    if title is None:
        raise FieldFaultError("no_title", "Give the product a title: this one is empty.")
    return title


def read_description(value: object) -> str:
    """Return a text of several lines, markup and all: pages escape it."""
    if not isinstance(value, str):
        raise FieldFaultError("not_text", f"Write it as text, not {quote(value)}.")
    text = _UNSEEN.sub(" ", value).strip()
    if len(text) > LONGEST_DESCRIPTION:
        raise FieldFaultError(
            "too_long",
            f"Shorten it: it has {len(text):,} characters, {LONGEST_DESCRIPTION:,} at most.",
        )
    return text


def read_texts(value: object) -> tuple[str, ...]:
    """Return the texts of a list, each once; a bare text is a list of one."""
    given = _list_of(value, MOST_TEXTS)
    return tuple(dict.fromkeys(text for part in given if (text := _NAME(part)) is not None))


def read_path(value: object) -> tuple[str, ...]:
    """Return the names of categories from the root; a text has `>` between them."""
    parts = value.split(">") if isinstance(value, str) else value
    given = _list_of(parts, MOST_LEVELS)
    return tuple(name for part in given if (name := _NAME(part)) is not None)


def read_markets(value: object) -> tuple[str, ...]:
    regions = [_MARKET(part) for part in _list_of(value, MOST_TEXTS)]
    return tuple(dict.fromkeys(region.casefold() for region in regions if region is not None))


def read_address(value: object) -> str | None:
    """Return an address of the web, or a path on the shop's own site."""
    address = _ADDRESS(value)
    if address is None or _USUAL_ADDRESS.fullmatch(address):
        return address
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = None
    is_ours = address.startswith("/") and not address.startswith("//")
    if parts is None or not (is_ours or (parts.scheme in {"http", "https"} and parts.netloc)):
        raise FieldFaultError(
            "not_an_address",
            f"Write an address such as https://shop.example/1, not {quote(value)}.",
        )
    return address


def read_addresses(value: object) -> tuple[str, ...]:
    given = _list_of(value, MOST_TEXTS)
    return tuple(dict.fromkeys(text for part in given if (text := read_address(part)) is not None))


def read_availability(value: object) -> Availability:
    if isinstance(value, str):
        word = _WORDS.sub("", value.rpartition("/")[2]).casefold()
        if word in _AVAILABILITIES:
            return _AVAILABILITIES[word]
    known = ", ".join(Availability)
    raise FieldFaultError("unknown_availability", f"Write one of {known}, not {quote(value)}.")


def read_count(value: object) -> int:
    """Return a whole number from 0; below it, where more is sold than there was, 0."""
    number = value
    if isinstance(value, str) and value.isascii() and value.strip().lstrip("-").isdigit():
        number = int(value) if len(value) <= len(str(_EXACT)) else _EXACT
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int) or number > MOST_PIECES:
        raise FieldFaultError("not_a_count", f"Write a whole number, not {quote(value)}.")
    return max(number, 0)


def read_stars(value: object) -> float | None:
    """Return 1 to 5 stars; 0 is what many programs say where nobody has rated."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 5:  # noqa: PLR2004 - stars
        raise FieldFaultError("not_a_rating", f"Write 1 to 5 stars, not {quote(value)}.")
    if 0 < value < 1:
        raise FieldFaultError("not_a_rating", f"Write 1 to 5 stars, not {quote(value)}.")
    return float(value) or None


def read_attributes(value: object) -> tuple[tuple[str, AttributeValue], ...]:
    if not isinstance(value, dict):
        raise FieldFaultError(
            "not_an_object", f"Write names with their values as an object, not {quote(value)}."
        )
    if len(value) > MOST_ATTRIBUTES:
        raise FieldFaultError(
            "too_many", f"Leave some out: {len(value):,} attributes, {MOST_ATTRIBUTES} at most."
        )
    read = [(_NAME(name), _attribute(name, each)) for name, each in value.items()]
    return tuple((name, each) for name, each in read if name is not None)


def _attribute(name: str, value: object) -> AttributeValue:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _LONG_TEXT(value) or ""
    if isinstance(value, list):
        return read_texts(value)
    if isinstance(value, int | float) and abs(value) <= _EXACT:
        return float(value)
    raise FieldFaultError(
        "not_an_attribute",
        f"Write {quote(name)} as a text, a number, true or false, or a list of texts.",
    )


def _list_of(value: object, most: int) -> list[object]:
    given = value if isinstance(value, list) else [value]
    if len(given) > most:
        raise FieldFaultError("too_many", f"Leave some out: {len(given):,} values, {most} at most.")
    return given


_TITLE: Final = read_text(LONGEST_TITLE)
_NAME: Final = read_text(LONGEST_NAME)
read_name: Final = _NAME
_MARKET: Final = read_text(LONGEST_MARKET)
_ADDRESS: Final = read_text(LONGEST_ADDRESS)
_LONG_TEXT: Final = read_text(LONGEST_TEXT)
