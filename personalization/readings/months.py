"""Names of months in the languages that shops write."""

from functools import cache
from typing import Final

_LANGUAGES: Final = (
    "en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs", "sk", "hu",
    "ro", "tr", "el", "ru", "uk", "bg", "hr", "sl", "lt", "lv", "et",
)  # fmt: skip
_WIDTHS: Final = ("wide", "abbreviated")


def month_of(word: str) -> int | None:
    """Return the number of a month; None for another word, or one that names two months.

    `listopad` is October in Croatian and November in Polish: that is not for us to choose.
    """
    numbers = _months().get(word.casefold().strip("."), set())
    return next(iter(numbers)) if len(numbers) == 1 else None


@cache
def _months() -> dict[str, set[int]]:
    from babel.dates import get_month_names

    found: dict[str, set[int]] = {"sept": {9}, "mrz": {3}, "okt": {10}}
    for language in _LANGUAGES:
        for width in _WIDTHS:
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, language).items():
                    key = name.casefold().strip(".")
                    if not key.isdigit():
                        found.setdefault(key, set()).add(number)
    return found
