"""Texts without the ids of what they are about, and equal values by number."""

from collections.abc import Sequence
from itertools import count, repeat
from typing import TypeVar

_ID = "\0"
"""Stands for the id in a title, an address or a label."""
_Value = TypeVar("_Value")


def without_ids(texts: Sequence[str], ids: Sequence[str]) -> tuple[str, ...]:
    """Raise `ValueError` where a text has the sign that stands for an id, or an id is empty."""
    if _ID in "".join(texts) or "" in ids:
        raise ValueError("A text or an id cannot be told from others.")
    return tuple(map(str.replace, texts, ids, repeat(_ID)))


def with_ids(texts: Sequence[str], ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(str.replace, texts, repeat(_ID), ids))


def codes_of(values: Sequence[_Value]) -> tuple[list[int], tuple[_Value, ...]]:
    """Return each value as a number, and the different values in the order of their numbers."""
    numbers = dict(zip(dict.fromkeys(values), count(), strict=False))
    return list(map(numbers.__getitem__, values)), tuple(numbers)
