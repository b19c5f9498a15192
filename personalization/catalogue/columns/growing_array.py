from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

_ROOM: Final = 1.15
"""So much more is reserved each time: growing copies each element some seven times in all."""
_LEAST: Final = 256

Array = NDArray[Any]


class GrowingArray:
    """Only grows, so that who holds a view goes on with what it shows; one thread may write."""

    def __init__(self, dtype: DTypeLike) -> None:
        self._data: Array = np.empty(_LEAST, dtype)
        self.count = 0

    def append(self, values: Array) -> None:
        """Append values, wider ones by making all as wide."""
        needed = self.count + len(values)
        dtype = np.promote_types(self._data.dtype, values.dtype)
        if needed > len(self._data) or dtype != self._data.dtype:
            room = max(len(self._data), int(needed * _ROOM))
            grown = np.empty(room if needed > len(self._data) else len(self._data), dtype)
            grown[: self.count] = self._data[: self.count]
            self._data = grown
        self._data[self.count : needed] = values
        # After the values, for whoever takes a view meanwhile.
        self.count = needed

    def view(self) -> Array:
        count = self.count
        return self._data[:count]

    @property
    def nbytes(self) -> int:
        return self._data.nbytes
