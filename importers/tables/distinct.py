"""Counting distinct keys of long streams in little memory."""

from array import array
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Self

import numpy as np

_PENDING = 1 << 20


class DistinctCounter:
    """Counts distinct keys by 64-bit hashes: 8 bytes a key, exact but for hash collisions.

    Two of ten million keys collide with a chance of about 3 in a million.
    """

    def __init__(self) -> None:
        self._known = np.empty(0, dtype=np.uint64)
        self._pending = array("Q")
        self._last = ""

    def add(self, key: str) -> None:
        """Take a key into account; the same key again right away costs nothing."""
        if key == self._last:
            return
        self._last = key
        self._pending.append(_hash(key))
        if len(self._pending) >= _PENDING:
            self._merge()

    def lacks(self, keys: Sequence[str]) -> list[str]:
        """Return the keys that were not added, in their order."""
        self._merge()
        hashes = np.array([_hash(key) for key in keys], dtype=np.uint64)
        known = np.isin(hashes, self._known)
        return [key for key, is_known in zip(keys, known, strict=True) if not is_known]

    def save(self, path: Path) -> None:
        """Keep the hashes in a file, whole or not at all."""
        self._merge()
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.save(file, self._known, allow_pickle=False)
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return a counter with the hashes of a file, an empty one where there is none."""
        counter = cls()
        with suppress(FileNotFoundError, ValueError, EOFError):
            counter._known = np.load(path, allow_pickle=False).astype(np.uint64)
        return counter

    @property
    def count(self) -> int:
        self._merge()
        return len(self._known)

    def _merge(self) -> None:
        fresh = np.frombuffer(self._pending, dtype=np.uint64)
        self._known = np.union1d(self._known, fresh)
        self._pending = array("Q")


def _hash(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")
