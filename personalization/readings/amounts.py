"""Numbers as people write them: signs, groups of thousands, currencies, digits of any script."""

import unicodedata
from typing import Final, NamedTuple

LONGEST: Final = 64
"""Characters; nothing longer is a number that a shop means."""
_POINT, _COMMA, _ARABIC = ".", ",", "\u066b"
_THOUSANDS, _LAKHS = 3, 2
"""Digits of a group; above the first thousand, Indian groups have two."""
_GROUPS: Final = frozenset(".,' \u066c_")
_ASCII: Final = str.maketrans(
    dict.fromkeys("\u2212\u2013\u2014", "-") | dict.fromkeys("\u2019\u02bc`\u00b4", "'")
)
"""Minus signs and dashes, apostrophes and accents."""
_MISSING: Final = frozenset(
    {"", "nan", "null", "none", "n/a", "na", "-", "--", "\\n", "<na>", "nat", "#n/a"}
)


class Amount(NamedTuple):
    """A number without its signs: digits with marks between them, and the text beside it."""

    body: str
    negative: bool
    mark: str


class Values(NamedTuple):
    """What an amount is with a decimal point and with a decimal comma; None: not written so."""

    point: float | None
    comma: float | None


def is_missing(text: str) -> bool:
    """Whether a text stands for no value in a column of numbers or dates."""
    return text.casefold() in _MISSING


def with_ascii_digits(text: str) -> str:
    """Return a text with digits, spaces and signs of other scripts replaced by ours."""
    if text.isascii() or any(map(_is_raised, text)):
        # The raised 2 of a footnote is none of the number's digits.
        return text
    replaced = unicodedata.normalize("NFKC", text).translate(_ASCII)
    return "".join(
        letter if letter.isascii() else str(unicodedata.decimal(letter, letter))
        for letter in replaced
    )


def _is_raised(letter: str) -> bool:
    return letter.isdigit() and not letter.isdecimal()


def take_apart(text: str) -> Amount | None:
    """Return the parts of `-1.234,56 EUR`; None where there is no number or too much beside it."""
    if len(text) > LONGEST:
        return None
    plain = with_ascii_digits(text).strip()
    digits = [place for place, letter in enumerate(plain) if letter in "0123456789"]
    if not digits:
        return None
    start, end = digits[0], digits[-1] + 1
    head, body, tail = plain[:start], plain[start:end], plain[end:]
    if head.endswith((_POINT, _COMMA)) and not head[:-1].rstrip(".")[-1:].isalpha():
        head, body = head[:-1], head[-1] + body
    if tail.startswith((_POINT, _COMMA)):
        # `5,-` is how prices without cents are written.
        body, tail = body + tail[0], tail[1:].lstrip("-")
    return _with_signs(head, body, tail)


def _with_signs(head: str, body: str, tail: str) -> Amount | None:
    before, after = "".join(head.split()), "".join(tail.split())
    bracketed = "(" in before and ")" in after
    if bracketed:
        before, after = before.replace("(", "", 1), after.replace(")", "", 1)
    signs = [sign for sign in before + after if sign in "+-"]
    mark = "".join(letter for letter in before + " " + after if letter not in "+-")
    mark = mark.strip()
    if " " in mark or "(" in mark or ")" in mark or len(signs) + bracketed > 1:
        return None
    return Amount(body, bracketed or "-" in signs, mark)


def values_of(body: str) -> Values:
    if _ARABIC in body:
        value = _under(body, _ARABIC)
        return Values(value, value)
    return Values(_under(body, _POINT), _under(body, _COMMA))


def _under(body: str, decimal: str) -> float | None:
    """Return the number that a text is if `decimal` stands before its fraction."""
    whole, mark, fraction = body.rpartition(decimal)
    if not mark:
        whole, fraction = body, ""
    if decimal in whole or not (fraction.isdigit() or not fraction):
        return None
    digits = _without_groups(whole)
    if digits is None or not (digits or fraction):
        return None
    return float(f"{digits or '0'}.{fraction or '0'}")


def _without_groups(whole: str) -> str | None:
    """Return the digits of `1,234,567`, `1 234` or the Indian `12,34,567`."""
    if not whole or whole.isdigit():
        return whole
    mark = next(letter for letter in whole if not letter.isdigit())
    first, *middle, last = whole.split(mark)
    if mark not in _GROUPS or not first or first.startswith("0"):
        return None
    groups = [*middle, last]
    if not all(group.isdigit() for group in groups) or len(last) != _THOUSANDS:
        return None
    in_thousands = all(len(group) == _THOUSANDS for group in middle) and len(first) <= _THOUSANDS
    in_lakhs = (
        mark == _COMMA and len(first) <= _LAKHS and all(len(group) == _LAKHS for group in middle)
    )
    return "".join((first, *groups)) if in_thousands or in_lakhs else None
