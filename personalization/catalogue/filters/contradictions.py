"""Why no product can ever match a filter, where that can be seen without any product."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from personalization.catalogue.filters.fields import (
    FieldKind,
    Values,
    comparable,
    has_one_value,
    kind_of,
)
from personalization.catalogue.filters.filter import (
    AllOf,
    AnyOf,
    Condition,
    FieldComparison,
    Filter,
    Not,
    Value,
)


def contradiction_of(wanted: Filter) -> str | None:
    """Return a sentence on what contradicts what, None where something may match.

    It does not look for everything: what follows only from categories or through several
    alternatives is found by nothing matching.
    """
    return _contradiction(_pushed_down(wanted))


def _pushed_down(wanted: Filter, *, is_negated: bool = False) -> Filter:
    """Return the same with every `Not` directly before a condition."""
    if isinstance(wanted, Not):
        return _pushed_down(wanted.part, is_negated=not is_negated)
    if isinstance(wanted, Condition):
        if not is_negated:
            return wanted
        if wanted.comparison is FieldComparison.EXISTS:
            return Condition(wanted.field, FieldComparison.EXISTS, (not wanted.values[0],))
        return Not(wanted)
    parts = tuple(_pushed_down(part, is_negated=is_negated) for part in wanted.parts)
    return AllOf(parts) if isinstance(wanted, AllOf) is not is_negated else AnyOf(parts)


def _contradiction(wanted: Filter) -> str | None:
    if isinstance(wanted, AnyOf):
        found = [_contradiction(part) for part in wanted.parts]
        if not found:
            return (
                "One of no alternatives is asked for (an empty `any`, or `not` of an empty `all`)."
            )
        return found[0] if all(found) else None
    if not isinstance(wanted, AllOf):
        return _of_one_field([wanted], wanted)
    for part in wanted.parts:
        if isinstance(part, AllOf | AnyOf) and (reason := _contradiction(part)):
            return reason
    literals = list(_literals(wanted))
    for literal in literals:
        same = [other for other in literals if _field(other) == _field(literal)]
        if reason := _of_one_field(same, literal):
            return reason
    return None


def _literals(wanted: AllOf) -> Iterator[Condition | Not]:
    for part in wanted.parts:
        if isinstance(part, AllOf):
            yield from _literals(part)
        elif not isinstance(part, AnyOf):
            yield part


def _field(literal: Condition | Not) -> str:
    return _condition_in(literal).field


def _condition_in(literal: Condition | Not) -> Condition:
    while isinstance(literal, Not):
        literal = cast("Condition | Not", literal.part)
    return literal


_Key = tuple[type, Value]
"""A yes is not the number one."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of one field at once."""

    lowest: float
    highest: float
    allowed: Sequence[frozenset[_Key]]
    """A value of each."""
    refused: frozenset[_Key]
    is_missing: bool
    """Whether no value may be there."""
    is_needed: bool

    @classmethod
    def of(cls, literals: Sequence[Condition | Not]) -> "_Asked":
        positive = [literal for literal in literals if isinstance(literal, Condition)]
        negative = [_condition_in(literal) for literal in literals if isinstance(literal, Not)]
        at_least = _values_of(positive, FieldComparison.AT_LEAST)
        at_most = _values_of(positive, FieldComparison.AT_MOST)
        exists = _values_of(positive, FieldComparison.EXISTS)
        is_set = [
            _keys(_comparables(condition))
            for condition in positive
            if condition.comparison is FieldComparison.IS
        ]
        return cls(
            lowest=max(map(float, at_least), default=-math.inf),
            highest=min(map(float, at_most), default=math.inf),
            allowed=is_set,
            refused=_keys(_values_of(negative, FieldComparison.IS)),
            is_missing=False in exists,
            is_needed=bool(is_set or at_least or at_most or True in exists),
        )


def _keys(values: Sequence[Value]) -> frozenset[_Key]:
    return frozenset((type(value), value) for value in values)


def _values_of(conditions: Sequence[Condition], comparison: FieldComparison) -> list[Value]:
    return [
        value
        for condition in conditions
        if condition.comparison is comparison
        for value in _comparables(condition)
    ]


def _comparables(condition: Condition) -> Values:
    if condition.comparison is FieldComparison.EXISTS:
        return condition.values
    return tuple(comparable(condition.field, value) for value in condition.values)


def _of_one_field(literals: Sequence[Condition | Not], named: Condition | Not) -> str | None:
    field = _field(named)
    asked = _Asked.of(literals)
    if asked.is_missing and asked.is_needed:
        return f"{field} is asked to be missing and to have a value."
    if asked.lowest > asked.highest:
        return f"{field} is asked to be at least {asked.lowest:g} and at most {asked.highest:g}."
    for allowed in asked.allowed:
        if allowed <= asked.refused:
            return f"{field} is asked to be {_words(allowed)} and not to be it."
    return _of_one_value(field, asked) if has_one_value(field) else None


def _of_one_value(field: str, asked: _Asked) -> str | None:
    # One category is also all that are below it: only the tree knows which exclude each other.
    if not asked.allowed or kind_of(field) is FieldKind.CATEGORY:
        return None
    left = frozenset.intersection(*asked.allowed)
    if not left:
        sets = " and ".join(_words(allowed) for allowed in asked.allowed)
        return f"{field} is asked to be {sets} at once."
    left -= asked.refused
    if not left:
        return f"{field} is asked to be {_words(asked.allowed[0])} and not to be it."
    numbers = [value for _, value in left if isinstance(value, float)]
    if numbers and not any(asked.lowest <= number <= asked.highest for number in numbers):
        return f"{field} is asked to be {_words(left)} and to lie outside."
    return None


def _words(keys: frozenset[_Key]) -> str:
    values = [value for _, value in keys]
    return " or ".join(
        sorted(f"{value:g}" if isinstance(value, float) else str(value) for value in values)
    )
