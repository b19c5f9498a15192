"""Cheap ways to make the many small values of a decision."""

from collections.abc import Iterable
from dataclasses import MISSING, fields
from functools import cache, partial
from operator import attrgetter
from typing import Any, TypeVar

_Tuple = TypeVar("_Tuple", bound=tuple[object, ...])
_Value = TypeVar("_Value")


def make_all(kind: type[_Tuple], rows: Iterable[tuple[object, ...]]) -> list[_Tuple]:
    """Return a named tuple for each row of all its fields, unchecked.

    Its own constructor is a Python function, which takes three times as long; a decision makes
    some three hundred.
    """
    return list(map(partial(tuple.__new__, kind), rows))


def copy_with(value: _Value, **changes: object) -> _Value:
    """Return a copy of a dataclass's value with some fields changed, as `dataclasses.replace` does.

    That asks three functions for each field; this one reads all fields at once.
    """
    kind: Any = type(value)
    names, read = _fields_of(kind)
    made: _Value = kind(**{**dict(zip(names, read(value), strict=True)), **changes})
    return made


@cache
def _fields_of(kind: type[Any]) -> tuple[list[str], "attrgetter[tuple[Any, ...]]"]:
    names = [field.name for field in fields(kind)]
    return names, attrgetter(*names)


def set_by_slots(kind: type[_Value]) -> type[_Value]:
    """Let the constructor of a frozen dataclass set its slots directly.

    `dataclass` sets each field by `object.__setattr__`, which looks for its name again and takes
    three times as long. Everything else stays as it is, also that the values are frozen. Raises
    `TypeError` for `__post_init__`, default factories and fields left out of `__init__`.
    """
    known: dict[str, Any] = {}
    arguments: dict[bool, list[str]] = {False: [], True: []}
    for field in fields(kind):  # type: ignore[arg-type]
        if field.default_factory is not MISSING or not field.init or hasattr(kind, "__post_init__"):
            raise TypeError(f"{kind.__name__}.{field.name} is not simply set.")
        known[f"set_{field.name}"] = vars(kind)[field.name].__set__
        known[f"default_{field.name}"] = field.default
        default = "" if field.default is MISSING else f"=default_{field.name}"
        arguments[field.kw_only is True].append(f"{field.name}{default}")
    keywords = ["*", *arguments[True]] if arguments[True] else []
    heading = f"def __init__({', '.join(['self', *arguments[False], *keywords])}):"
    lines = [f"    set_{field.name}(self, {field.name})" for field in fields(kind)]  # type: ignore[arg-type]
    # As `dataclass` makes it, too: a signature cannot be made otherwise.
    exec("\n".join([heading, *lines]), known)  # noqa: S102
    known["__init__"].__qualname__ = f"{kind.__qualname__}.__init__"
    kind.__init__ = known["__init__"]  # type: ignore[method-assign]
    return kind
