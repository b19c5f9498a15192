from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TypeVar, overload

_Value = TypeVar("_Value")


class LazyTuple(Sequence[_Value]):
    """Reads as a tuple does, and equals one of the same values, which are made when asked for."""

    def __init__(self) -> None:
        self._all: tuple[_Value, ...] | None = None

    @abstractmethod
    def _make(self) -> tuple[_Value, ...]:
        """Return all values."""

    @abstractmethod
    def __len__(self) -> int: ...

    def values(self) -> tuple[_Value, ...]:
        if self._all is None:
            self._all = self._make()
        return self._all

    @overload
    def __getitem__(self, index: int) -> _Value: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[_Value, ...]: ...
    def __getitem__(self, index: int | slice) -> _Value | tuple[_Value, ...]:
        return self.values()[index]

    def __iter__(self) -> Iterator[_Value]:
        return iter(self.values())

    def __eq__(self, other: object) -> bool:
        return self.values() == (tuple(other) if isinstance(other, LazyTuple) else other)

    def __hash__(self) -> int:
        return hash(self.values())

    def __repr__(self) -> str:
        return repr(self.values())
