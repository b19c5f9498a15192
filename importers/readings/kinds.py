"""Kinds of columns whose values can be written in more than one way."""

from enum import Enum, auto


class ColumnKind(Enum):
    """What the values of a column are."""

    ID = auto()
    WHOLE = auto()
    """A number without a fraction: a count, a code, a year."""
    STARS = auto()
    MONEY = auto()
    MOMENT = auto()
    ATTRIBUTE = auto()
    """A further attribute, of a type that its values tell."""


Names = tuple[str, ...]
"""A column by its known names, the first of which is its own."""
