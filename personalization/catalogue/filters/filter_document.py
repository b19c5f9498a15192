"""Filters as calls and settings write them."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Final

from personalization.catalogue.filters.fields import (
    ATTRIBUTES,
    FIELDS,
    OTHER_NAMES,
    FieldKind,
    fold,
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
from personalization.domain.errors import InvalidFilterError
from personalization.domain.product import Availability

DEEPEST: Final = 8
MOST_CONDITIONS: Final = 100
MOST_VALUES: Final = 100
LONGEST_VALUE: Final = 200
"""Characters."""

_PARTS: Final = ("all", "any", "not", "field")
_COMPARISONS: Final = tuple(FieldComparison)
_ORDERED: Final = frozenset({FieldComparison.AT_LEAST, FieldComparison.AT_MOST})
_WITH_ORDER: Final = frozenset({FieldKind.NUMBER, FieldKind.ATTRIBUTE})


def parse_filter(value: object, place: str = "filter") -> Filter:
    """Return the filter that JSON says.

    Raises `InvalidFilterError`, which names the place in it, such as `filter.all[2].price`.
    """
    return _FilterReader().read(value, place, 1)


def canonical_filter(wanted: Filter) -> str:
    """Return JSON that is the same for filters that differ only in order, case or repetition.

    `parse_filter` reads it.
    """
    return json.dumps(_document(wanted), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class _FilterReader:
    def __init__(self) -> None:
        self._conditions = 0

    def read(self, value: object, place: str, depth: int) -> Filter:
        if not isinstance(value, Mapping):
            raise InvalidFilterError(
                f"{place} must be an object with one of all, any, not, field, such as "
                f'{{"field": "brand", "is": "Acme"}}.'
            )
        if depth > DEEPEST:
            raise InvalidFilterError(f"{place} lies too deep: a filter has {DEEPEST} levels.")
        self._count(place)
        kinds = [name for name in _PARTS if name in value]
        if len(kinds) != 1:
            raise InvalidFilterError(
                f"{place} must have exactly one of all, any, not, field; "
                f"it has {' and '.join(kinds) or 'none of them'}."
            )
        kind = kinds[0]
        if kind == "field":
            return self._condition(value, place)
        _refuse_others(value, {kind}, place)
        if kind == "not":
            return Not(self.read(value["not"], f"{place}.not", depth + 1))
        parts = value[kind]
        if not isinstance(parts, Sequence) or isinstance(parts, str | bytes):
            raise InvalidFilterError(f"{place}.{kind} must be a list of conditions.")
        read = tuple(
            self.read(part, f"{place}.{kind}[{number}]", depth + 1)
            for number, part in enumerate(parts)
        )
        return AllOf(read) if kind == "all" else AnyOf(read)

    def _count(self, place: str) -> None:
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise InvalidFilterError(
                f"{place} is too much: a filter has {MOST_CONDITIONS} conditions at most."
            )

    def _condition(self, value: Mapping[object, object], place: str) -> Filter:
        _refuse_others(value, {"field", *_COMPARISONS}, place)
        field = read_field(value["field"], f"{place}.field")
        given = [comparison for comparison in _COMPARISONS if comparison in value]
        if not given:
            raise InvalidFilterError(
                f"{place} must say what {field} is: one of {', '.join(_COMPARISONS)}."
            )
        conditions = [
            Condition(field, comparison, _values(field, comparison, value[comparison], place))
            for comparison in given
        ]
        for _ in conditions[1:]:
            self._count(place)
        return conditions[0] if len(conditions) == 1 else AllOf(tuple(conditions))


def _refuse_others(value: Mapping[object, object], known: set[str], place: str) -> None:
    unknown = sorted(str(name)[:LONGEST_VALUE] for name in value if name not in known)
    if unknown:
        raise InvalidFilterError(
            f"{place} cannot have {unknown[0]!r} there: it takes {', '.join(sorted(known))}."
        )


def read_field(name: object, place: str) -> str:
    """Return the field of this name; raises `InvalidFilterError`, which names the place."""
    if not isinstance(name, str):
        raise InvalidFilterError(f"{place} must be the name of a field.")
    field = OTHER_NAMES.get(name, name)
    if field.startswith(ATTRIBUTES):
        if not 0 < len(field) - len(ATTRIBUTES) <= LONGEST_VALUE:
            raise InvalidFilterError(
                f"{place} must name an attribute of 1 to {LONGEST_VALUE} characters, "
                "such as attributes.fit."
            )
        return field
    if field not in FIELDS:
        raise InvalidFilterError(
            f"{place} cannot be {name[:LONGEST_VALUE]!r}: it is one of {', '.join(FIELDS)}, "
            "or attributes. and the name of an attribute."
        )
    return field


def _values(
    field: str, comparison: FieldComparison, value: object, place: str
) -> tuple[Value, ...]:
    where = f"{place}.{field}.{comparison}"
    kind = kind_of(field)
    if comparison is FieldComparison.EXISTS:
        if not isinstance(value, bool):
            raise InvalidFilterError(f"{where} must be true or false.")
        return (value,)
    if comparison in _ORDERED:
        if kind not in _WITH_ORDER:
            raise InvalidFilterError(f"{where} cannot be asked: only numbers have an order.")
        return (_number(value, where),)
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return (_value(kind, value, where),)
    if not 0 < len(value) <= MOST_VALUES:
        raise InvalidFilterError(f"{where} must have 1 to {MOST_VALUES} values.")
    return tuple(_value(kind, part, f"{where}[{number}]") for number, part in enumerate(value))


def _value(kind: FieldKind, value: object, where: str) -> Value:
    if kind is FieldKind.NUMBER:
        return _number(value, where)
    if kind is FieldKind.YES_NO:
        if not isinstance(value, bool):
            raise InvalidFilterError(f"{where} must be true or false.")
        return value
    if kind is FieldKind.ATTRIBUTE and isinstance(value, bool):
        return value
    if kind is FieldKind.ATTRIBUTE and isinstance(value, int | float):
        return _number(value, where)
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_VALUE:
        raise InvalidFilterError(f"{where} must be text of 1 to {LONGEST_VALUE} characters.")
    if kind is FieldKind.AVAILABILITY and fold(value) not in set(Availability):
        raise InvalidFilterError(f"{where} must be one of {', '.join(Availability)}.")
    return value


def _number(value: object, where: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    try:
        number = float(value) if is_number else math.nan  # type: ignore[arg-type]
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InvalidFilterError(f"{where} must be a finite number.")
    return number


def _document(wanted: Filter) -> dict[str, object]:
    if isinstance(wanted, Condition):
        return _condition_document(wanted)
    if isinstance(wanted, Not):
        return {"not": _document(wanted.part)}
    kind = "all" if isinstance(wanted, AllOf) else "any"
    flat: list[dict[str, object]] = []
    for part in map(_document, wanted.parts):
        inner = part.get(kind)
        flat.extend(inner if isinstance(inner, list) else [part])
    parts = {json.dumps(part, ensure_ascii=False, sort_keys=True): part for part in flat}
    ordered = [parts[key] for key in sorted(parts)]
    if len(ordered) == 1:
        return ordered[0]
    return _one_field(ordered) if kind == "all" and _is_one_field(ordered) else {kind: ordered}


def _condition_document(condition: Condition) -> dict[str, object]:
    kind = kind_of(condition.field)
    values = [
        fold(value) if isinstance(value, str) and kind is not FieldKind.CATEGORY else value
        for value in condition.values
    ]
    distinct = {json.dumps(value): value for value in values}
    ordered = [distinct[key] for key in sorted(distinct)]
    value = ordered if condition.comparison is FieldComparison.IS else ordered[0]
    return {"field": condition.field, str(condition.comparison): value}


def _is_one_field(parts: Sequence[Mapping[str, object]]) -> bool:
    """Whether they are comparisons of one field, which one object says no deeper than each."""
    fields = {part.get("field") for part in parts}
    names = [name for part in parts for name in part if name != "field"]
    return len(fields) == 1 and None not in fields and len(set(names)) == len(names)


def _one_field(parts: Sequence[Mapping[str, object]]) -> dict[str, object]:
    return {name: value for part in parts for name, value in part.items()}
