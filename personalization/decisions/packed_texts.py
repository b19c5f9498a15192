"""Texts without the ids of what they are about, and equal values by number."""

from collections.abc import Iterable, Sequence
from itertools import chain, count, repeat
from operator import mul
from typing import TypeVar

_ID = "\0"
"""Stands for the id in a title, an address or a label."""
_MOST_CHARACTERS = 1 << 22
"""Of many texts together: an id may come in again and again."""
_Value = TypeVar("_Value")


def without_ids(texts: Sequence[str], ids: Sequence[str]) -> tuple[str, ...]:
    """Raise `ValueError` where a text has the sign that stands for an id, or an id is empty.

    So it does for millions of characters.
    """
    check_length(map(len, texts))
    if _ID in "".join(texts) or "" in ids:
        raise ValueError("A text or an id cannot be told from others.")
    return tuple(map(str.replace, texts, ids, repeat(_ID)))


def with_ids(texts: Sequence[str], ids: Sequence[str], sign: str = _ID) -> tuple[str, ...]:
    """Put each id where the sign stands for it; raise `ValueError` for what is far too long."""
    times = map(str.count, texts, repeat(sign))
    check_length(chain(map(len, texts), map(mul, times, map(len, ids))))
    return tuple(map(str.replace, texts, repeat(sign), ids))


def check_length(lengths: Iterable[int]) -> None:
    if sum(lengths) > _MOST_CHARACTERS:
        raise ValueError("Texts are far too long.")


def codes_of(values: Sequence[_Value]) -> tuple[list[int], tuple[_Value, ...]]:
    """Return each value as a number, and the different values in the order of their numbers."""
    numbers = dict(zip(dict.fromkeys(values), count(), strict=False))
    return list(map(numbers.__getitem__, values)), tuple(numbers)
