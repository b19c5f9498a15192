"""Which row a product has."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from personalization.domain.identifiers import ProductId

_MOST_RECENT: Final = 32_768
"""Ids beside the large index: so few are sorted in each time in milliseconds."""

Keys = NDArray[np.int64]
RowNumbers = NDArray[np.uint32]


def keys_of(product_ids: Sequence[ProductId]) -> Keys:
    """Return 64 bits of each id: Python's hash, which is salted in each process.

    Two of a million ids share them with a probability of 1 : 10^7, and nobody can make two that do.
    """
    return np.fromiter(map(hash, product_ids), np.int64, len(product_ids))


@dataclass(frozen=True, slots=True)
class _Part:
    keys: Keys = field(default_factory=lambda: np.empty(0, np.int64))
    """In their order, each once."""
    rows: RowNumbers = field(default_factory=lambda: np.empty(0, np.uint32))

    def places(self, keys: Keys) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Return where each key is or would be, and whether it is there."""
        at = np.searchsorted(self.keys, keys)
        if not len(self.keys):
            return at, np.zeros(len(keys), bool)
        return at, self.keys[np.minimum(at, len(self.keys) - 1)] == keys

    def with_rows(self, keys: Keys, rows: RowNumbers) -> "_Part":
        """Take over keys in their order, each once."""
        at, is_known = self.places(keys)
        own = self.rows.copy()
        own[at[is_known]] = rows[is_known]
        new = ~is_known
        return _Part(np.insert(self.keys, at[new], keys[new]), np.insert(own, at[new], rows[new]))


@dataclass(frozen=True, slots=True)
class IdIndex:
    """Never changes; each change makes another one, which shares the large part."""

    _large: _Part = field(default_factory=_Part)
    _recent: _Part = field(default_factory=_Part)

    def rows_of(self, keys: Keys) -> NDArray[np.intp]:
        """Return the row of each, -1 where there is none."""
        found = np.full(len(keys), -1, np.intp)
        for part in (self._large, self._recent):
            at, is_known = part.places(keys)
            found[is_known] = part.rows[at[is_known]]
        return found

    def with_rows(self, keys: Keys, rows: RowNumbers) -> "IdIndex":
        """Return one with other rows for keys, each once."""
        order = np.argsort(keys)
        recent = self._recent.with_rows(keys[order], rows[order])
        if len(recent.keys) <= max(_MOST_RECENT, len(self._large.keys) // 8):
            return IdIndex(self._large, recent)
        return IdIndex(self._large.with_rows(recent.keys, recent.rows), _Part())

    @property
    def nbytes(self) -> int:
        parts = (self._large, self._recent)
        return sum(part.keys.nbytes + part.rows.nbytes for part in parts)
