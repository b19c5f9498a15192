"""What stands in one cell of a shop's catalogue. Each raises `ValueError` for junk."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

import msgspec

from importers.rejection import RowRejectedError
from importers.tables import fields
from personalization.domain.product import Availability

LONGEST_TITLE: Final = 1_000
LONGEST_DESCRIPTION: Final = 20_000
LONGEST_NAME: Final = 200
"""Of a brand, a size, a tag and whatever else has a name."""
LONGEST_ADDRESS: Final = 2_048
MOST_TEXTS: Final = 200
"""Of a list in a cell."""
MOST_LEVELS: Final = 10
"""Of a category's path."""
_WEB: Final = re.compile(r"https?://[a-zA-Z0-9.-]+/[\x21-\x7e]*")
"""What most addresses are, and quick to see."""
_TAG: Final = re.compile(r"<[a-zA-Z/!]")
_INVISIBLE: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_KEPT_MARKS: Final = "\u200d\u200c"
"""Joiners without which words of Indian and Arabic scripts, and emoji, are written wrongly."""
_AVAILABILITIES: Final = {
    Availability.IN_STOCK: "instock available yes true 1 onstock limitedavailability",
    Availability.OUT_OF_STOCK: (
        "outofstock soldout unavailable notavailable no false 0 discontinued"
    ),
    Availability.PREORDER: "preorder presale",
    Availability.BACKORDER: "backorder onbackorder availablefororder",
}
_AVAILABILITY_OF: Final = {
    word: state for state, words in _AVAILABILITIES.items() for word in words.split()
}


def text(value: object, longest: int = LONGEST_NAME) -> str | None:
    """Return a text on one line, without what cannot be seen; None where nothing is left."""
    if isinstance(value, list | tuple | bool):
        raise ValueError(f"{value!r:.60} is no text")  # noqa: TRY004 - junk in a file, not a wrong call
    written = fields.text(value)
    if written is None:
        return None
    if not written.isprintable():
        written = _without_invisible(written)
    written = " ".join(written.split())
    if len(written) > longest:
        raise ValueError(f"it has {len(written):,} characters, more than {longest:,}")
    return written or None


def title(value: object) -> str:
    """Return a title as it is written, markup and all: pages escape it."""
    try:
        written = text(value, LONGEST_TITLE)
    except ValueError as error:
        raise RowRejectedError("not a title", str(error)) from error
    if written is None:
        raise RowRejectedError("no title")
    return written


def description(value: object) -> str:
    """Return the text of a description that may be markup, as much of it as is kept."""
    written = fields.text(value) or ""
    if _TAG.search(written):
        written = _TextOfMarkup.of(written[: LONGEST_DESCRIPTION * 4])
    lines = (" ".join(_without_invisible(line).split()) for line in written.splitlines())
    return "\n".join(line for line in lines if line)[:LONGEST_DESCRIPTION]


def texts(value: object) -> tuple[str, ...]:
    """Return the values of a list, each once: a real one, JSON, or text with `|` or commas."""
    parts = _parts(value, ("|", ";", ","))
    found = dict.fromkeys(part for each in parts if (part := text(each)) is not None)
    return tuple(found)[:MOST_TEXTS]


def addresses(value: object) -> tuple[str, ...]:
    """Return the addresses of a list; commas separate them where a space or another follows."""
    parts = _parts(value, ("|", " "))
    split = (piece for each in parts for piece in re.split(r",(?=https?://|/|\s|$)", str(each)))
    found = dict.fromkeys(found for each in split if (found := address(each)) is not None)
    return tuple(found)[:MOST_TEXTS]


def address(value: object) -> str | None:
    """Return the address of a page or picture: of the web, or a path of the shop's own site."""
    written = fields.text(value)
    if written is None:
        return None
    if len(written) > LONGEST_ADDRESS or not written.isprintable() or " " in written:
        raise ValueError(f"{written[:60]!r} is no address")
    if _WEB.fullmatch(written):
        return written
    is_path = written.startswith("/") and not written.startswith("//")
    if not is_path:
        parts = urlsplit(written)
        if parts.scheme.casefold() not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{written[:60]!r} is no address of the web")
    return written


def path(value: object) -> tuple[str, ...]:
    """Return the names of categories from the root: `Women > Dresses`, `Women/Dresses`, a list."""
    if isinstance(value, list | tuple):
        return _levels(tuple(map(str, value)))
    return _path_of(fields.text(value) or "")


@lru_cache(4_096)
def _path_of(written: str) -> tuple[str, ...]:
    return _levels(tuple(map(str, _json_list(written) or written.split(_level_sign(written)))))


def _levels(parts: Sequence[str]) -> tuple[str, ...]:
    names = tuple(name for part in parts if (name := text(part)) is not None)
    if len(names) > MOST_LEVELS:
        raise ValueError(f"a category has {MOST_LEVELS} levels at most")
    return names


def availability(value: object) -> Availability | None:
    written = fields.text(value)
    if written is None:
        return None
    # Also as schema.org has it: https://schema.org/InStock.
    word = "".join(filter(str.isalnum, written.casefold().rpartition("/")[2]))
    if word not in _AVAILABILITY_OF:
        raise ValueError(f"{written[:60]!r} says nothing of availability")
    return _AVAILABILITY_OF[word]


def pieces(value: object) -> int | None:
    """Return how many are left; a column of stock may say `sold out` instead of 0."""
    if isinstance(value, str) and availability(value) is Availability.OUT_OF_STOCK:
        return 0
    return fields.whole(value)


def is_yes(value: object) -> bool:
    return (fields.text(value) or "").casefold() in {"true", "yes", "1", "y"}


def _parts(value: object, separators: Sequence[str]) -> Sequence[object]:
    if isinstance(value, list | tuple):
        return value
    written = fields.text(value)
    if written is None:
        return ()
    listed = _json_list(written)
    if listed is not None:
        return listed
    sign = next((sign for sign in separators if sign in written), None)
    return (written,) if sign is None else written.split(sign)


def _json_list(written: str) -> Sequence[object] | None:
    if not written.startswith("["):
        return None
    try:
        return msgspec.json.decode(written, type=list[str | int | float])
    except msgspec.DecodeError:
        return None


def _level_sign(written: str) -> str:
    return next((sign for sign in (">", "\u203a", "\u00bb") if sign in written), "/")


def _without_invisible(written: str) -> str:
    return "".join(
        sign
        if sign in _KEPT_MARKS or unicodedata.category(sign) not in _INVISIBLE
        else " " if sign.isspace() or unicodedata.category(sign) in {"Zl", "Zp"} else ""
        for sign in written
    )  # fmt: skip


class _TextOfMarkup(HTMLParser):
    """The text between tags, without that of scripts."""

    _SILENT = frozenset({"script", "style", "template", "noscript"})
    _BLOCKS = frozenset({"p", "br", "li", "div", "tr", "h1", "h2", "h3", "h4", "ul", "ol"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._found: list[str] = []
        self._silent = 0

    @classmethod
    def of(cls, markup: str) -> str:
        parser = cls()
        parser.feed(markup)
        parser.close()
        return "".join(parser._found)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._silent += tag in self._SILENT
        if tag in self._BLOCKS:
            self._found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT:
            self._silent = max(0, self._silent - 1)
        if tag in self._BLOCKS:
            self._found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._found.append(data)
