"""Conditions on products, with "and", "or" and "not"."""

from dataclasses import dataclass
from enum import StrEnum


class FieldComparison(StrEnum):
    """How a field is compared; the values are the names in calls."""

    IS = "is"
    """Equal to the value, or to one of several; of a field with several values, any of them."""
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EXISTS = "exists"
    """Whether the product has any value there."""


Value = str | float | bool


@dataclass(frozen=True, slots=True)
class Condition:
    """One field (`price`, `brand`, `attributes.fit`, ...) against one or more values."""

    field: str
    comparison: FieldComparison
    values: tuple[Value, ...]
    """Several only with `IS`."""


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple["Filter", ...]
    """None at all holds for every product."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Filter", ...]
    """None at all holds for no product."""


@dataclass(frozen=True, slots=True)
class Not:
    part: "Filter"


Filter = Condition | AllOf | AnyOf | Not
EVERYTHING = AllOf(())
