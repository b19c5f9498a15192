"""The products of an index by their numbers, as bytes: half a million ids are a few megabytes.

As objects of Python they would be a hundred, in each process that decides, and making them would
keep everybody else from running meanwhile.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import numpy as np
import numpy.typing as npt

_STEM_BYTES = 8


class IndexedProducts(Sequence[str]):
    """Number i has the id `names[bounds[i]:bounds[i + 1]]`; ids are distinct and rise."""

    def __init__(self, names: bytes, bounds: npt.NDArray[np.int64]) -> None:
        """Raise `ValueError` where the names do not rise or do not fit the bounds."""
        if len(bounds) == 0 or bounds[0] != 0 or bounds[-1] != len(names):
            raise ValueError("The ids do not fit their bounds.")
        self.names = names
        self.bounds = bounds
        # An item of an array is an object of numpy's, which costs many times what an integer does.
        self._bounds: memoryview[int] = memoryview(np.ascontiguousarray(bounds, np.int64).data)
        self._count = len(bounds) - 1
        self._common = self._begin_alike()
        self._stems = self._stems_of()
        if np.any(self._stems[1:] < self._stems[:-1]):
            raise ValueError("The ids do not rise.")

    @classmethod
    def of(cls, products: Sequence[str]) -> "IndexedProducts":
        """Return the same products, which are distinct and rise."""
        encoded = [product.encode() for product in products]
        return cls(b"".join(encoded), np.cumsum([0, *map(len, encoded)], dtype=np.int64))

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[str]: ...
    def __getitem__(self, number: int | slice) -> str | Sequence[str]:
        if isinstance(number, slice):
            return tuple(self[each] for each in range(*number.indices(len(self))))
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        return self._name(number % len(self)).decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self.take(range(len(self))))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, IndexedProducts):
            return NotImplemented
        return self.names == other.names and np.array_equal(self.bounds, other.bounds)

    def __hash__(self) -> int:
        return hash(self.names)

    def take(self, numbers: Iterable[int]) -> list[str]:
        """Return the products of these numbers, none of which is below 0."""
        names, bounds = self.names, self._bounds
        return [names[bounds[number] : bounds[number + 1]].decode() for number in numbers]

    def part(self, numbers: Iterable[int]) -> "IndexedProducts":
        """Return those of these numbers, which rise."""
        names, bounds = self.names, self._bounds
        kept = [names[bounds[number] : bounds[number + 1]] for number in numbers]
        return IndexedProducts(b"".join(kept), np.cumsum([0, *map(len, kept)], dtype=np.int64))

    def number_of(self, product: str) -> int:
        """Return -1 for a product that is not here."""
        name = product.encode()
        if not name.startswith(self._common) or not len(self):
            return -1
        start = len(self._common)
        wanted = np.uint64(
            int.from_bytes(name[start : start + _STEM_BYTES].ljust(_STEM_BYTES, b"\0"), "big")
        )
        number = int(self._stems.searchsorted(wanted))
        if number < len(self) and self._name(number) != name:
            # Few ids are alike for so long.
            end = int(self._stems.searchsorted(wanted, "right"))
            number = bisect_left(range(end), name, number, key=self._name)
            if number == end or self._name(number) != name:
                return -1
        return number if number < len(self) else -1

    def _name(self, number: int) -> bytes:
        return self.names[self._bounds[number] : self._bounds[number + 1]]

    def _begin_alike(self) -> bytes:
        """Return what the first and the last begin with: all between them do."""
        if not len(self):
            return b""
        first, last = self._name(0), self._name(len(self) - 1)
        differ = (
            place for place, pair in enumerate(zip(first, last, strict=False)) if len({*pair}) > 1
        )
        return first[: next(differ, min(len(first), len(last)))]

    def _stems_of(self) -> npt.NDArray[np.uint64]:
        """Return the first bytes after the common ones as numbers, which rise as the ids do."""
        data = np.frombuffer(self.names + bytes(1), np.uint8)
        stems = np.zeros(len(self), np.uint64)
        for place in range(len(self._common), len(self._common) + _STEM_BYTES):
            at = self.bounds[:-1] + place
            byte = np.where(at < self.bounds[1:], data[np.minimum(at, len(data) - 1)], 0)
            stems = stems << np.uint64(8) | byte.astype(np.uint64)
        return stems
