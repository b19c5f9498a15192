"""Lists that depend on no shopper, made once while what they are made of is the same."""

from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

from personalization.decisions.pinned import Pinned

_Value = TypeVar("_Value")
MOST_MADE: Final = 2_000
"""Lists of at most two hundred products, some megabytes."""


class MadeLists:
    """Any number of threads may ask."""

    def __init__(self) -> None:
        # Replaced together, so that no thread puts a list among those of other ingredients.
        self._kept: tuple[tuple[object, ...], dict[Hashable, Any]] = ((), {})

    def of(self, pinned: Pinned) -> "ListsOfNow":
        priors, catalogue = pinned.priors, pinned.catalogue
        made_of = (
            priors.generation(),
            priors.session_index(),
            catalogue.known_products,
            catalogue.known_categories,
        )
        kept_of, values = self._kept
        are_same = len(kept_of) == len(made_of) and all(map(_is, kept_of, made_of))
        if not are_same or len(values) >= MOST_MADE:
            values = {}
            self._kept = made_of, values
        return ListsOfNow(pinned, values)


class ListsOfNow:
    """What is kept of one generation and catalogue."""

    def __init__(self, pinned: Pinned, values: dict[Hashable, Any]) -> None:
        self._catalogue = pinned.catalogue
        self._values = values

    def keep(self, name: Hashable, make: Callable[[], _Value]) -> _Value:
        """Return what was made under a name, which nobody may change."""
        values = self._values
        if name in values:
            known: _Value = values[name]
            return known
        value = make()
        # A product that the catalogue lacks may be there any moment.
        if self._catalogue.is_whole:
            values[name] = value
        return value


def _is(first: object, second: object) -> bool:
    return first is second
