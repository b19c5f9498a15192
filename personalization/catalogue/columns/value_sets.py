"""The distinct values of a field by small numbers."""

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from personalization.catalogue.columns.growing_array import GrowingArray
from personalization.catalogue.filters.fields import Values
from personalization.catalogue.filters.filter import Condition, FieldComparison, Value

MOST_REMEMBERED: Final = 50_000
"""Sets found again by what they hold, some 5 MB; each further one is kept each time it comes."""
_NOTHING, _TEXT, _NUMBER, _YES_NO = range(4)
_DOUBLE: Final = struct.Struct("<d")
_BITS: Final = struct.Struct("<q")

Hits = NDArray[np.bool_]


class ValueSets:
    """Sets of values, such as the sizes of a product; number 0 is the empty one.

    Texts are kept as Python's hashes of them: 64 bits, salted in each process, so that nobody can
    make two of a kind, and by chance any two of a million are with a probability of 1 : 10^7.
    """

    def __init__(self) -> None:
        self._codes: dict[int, int] = {}
        self._texts: dict[int, str] = {}
        self._kinds = GrowingArray(np.uint8)
        self._words = GrowingArray(np.int64)
        self._names = GrowingArray(np.int64)
        self._ends = GrowingArray(np.uint32)
        self._waiting: list[tuple[int, tuple[tuple[int, int], ...]]] = [(0, ((_NOTHING, 0),))]
        self.flush()

    def code_of(self, values: Values, name: int = 0) -> int:
        """Return the number of a set under a name; `flush` before it is asked of."""
        if not values:
            return 0
        # Of several values, all are texts; a yes and the number one are two values.
        is_text = isinstance(values[0], str)
        digest = hash((name, values) if is_text else (name, _key_of(values[0])))
        code = self._codes.get(digest)
        if code is not None:
            return code
        keys = tuple(map(_key_of, values))
        code = self._ends.count + len(self._waiting)
        self._waiting.append((name, keys))
        if len(self._codes) < MOST_REMEMBERED:
            self._codes[digest] = code
            self._texts.update(
                (word, value)
                for (_, word), value in zip(keys, values, strict=True)
                if isinstance(value, str)
            )
        return code

    def flush(self) -> None:
        if not self._waiting:
            return
        keys = [key for _, keys in self._waiting for key in keys]
        start = self._words.count
        self._kinds.append(np.array([kind for kind, _ in keys], np.uint8))
        self._words.append(np.array([word for _, word in keys], np.int64))
        self._names.append(np.array([name for name, _ in self._waiting], np.int64))
        lengths = np.array([len(keys) for _, keys in self._waiting])
        # Last, since it tells readers how far all of it goes.
        self._ends.append((start + lengths.cumsum()).astype(np.uint32))
        self._waiting.clear()

    def __len__(self) -> int:
        return self._ends.count

    def hits(self, condition: Condition, name: int = 0) -> Hits:
        """Return for each set whether a value in it is asked for (`EXISTS`: whether it has any).

        Of the condition's values each counts as it is; of sets under other names none does.
        """
        ends = self._ends.view()
        starts = np.concatenate(([0], ends[:-1])).astype(np.intp)
        kinds, words = self._kinds.view()[: ends[-1]], self._words.view()[: ends[-1]]
        found = np.logical_or.reduceat(_value_hits(kinds, words, condition), starts)
        return found & (self._names.view()[: len(ends)] == name) if name else found

    def numbers(self) -> NDArray[np.float64]:
        """Return all numbers in it, each once, in their order."""
        words = self._words.view()
        kinds = self._kinds.view()[: len(words)]
        return np.unique(words[: len(kinds)][kinds == _NUMBER].view(np.float64))

    def name_of(self, code: int) -> int:
        return int(self._names.view()[code])

    def first_text(self, code: int) -> str | None:
        """Return a set's first value as text, the same for equal ones.

        A text that is not remembered is told by its hash.
        """
        if code == 0:
            return None
        at = int(self._ends.view()[code - 1])
        kind, word = int(self._kinds.view()[at]), int(self._words.view()[at])
        if kind == _TEXT:
            return self._texts.get(word, f"#{word:x}")
        return str(bool(word)) if kind == _YES_NO else str(_DOUBLE.unpack(_BITS.pack(word))[0])

    @property
    def nbytes(self) -> int:
        """About how much memory it takes."""
        arrays = (self._kinds, self._words, self._names, self._ends)
        return sum(array.nbytes for array in arrays) + 100 * (len(self._codes) + len(self._texts))


def _key_of(value: Value) -> tuple[int, int]:
    if isinstance(value, str):
        return _TEXT, hash(value)
    if isinstance(value, bool):
        return _YES_NO, int(value)
    # Minus nought is nought.
    return _NUMBER, _BITS.unpack(_DOUBLE.pack(value + 0.0))[0]


def _value_hits(
    kinds: NDArray[np.uint8], words: NDArray[np.int64], condition: Condition
) -> NDArray[np.bool_]:
    comparison = condition.comparison
    if comparison is FieldComparison.EXISTS:
        return np.not_equal(kinds, _NOTHING)
    if comparison is FieldComparison.IS:
        found = np.zeros(len(kinds), bool)
        asked = [_key_of(value) for value in condition.values]
        for kind in {kind for kind, _ in asked}:
            of_kind = np.array([word for own, word in asked if own == kind], np.int64)
            found |= (kinds == kind) & np.isin(words, of_kind)
        return found
    numbers = words.view(np.float64)
    bound = float(condition.values[0])
    compare = np.greater_equal if comparison is FieldComparison.AT_LEAST else np.less_equal
    is_within: Hits = (kinds == _NUMBER) & compare(numbers, bound)
    return is_within
