"""Rows of numbers that are read of a store once and then looked up, many at a time."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from personalization.domain.action_table import Floats

ReadsRows = Callable[[Sequence[str]], Sequence[Sequence[float]]]


class KeptTable:
    """A row for each id; it never holds more than it was told to. Any number of threads may ask."""

    def __init__(self, most: int) -> None:
        self._most = most
        # Replaced together and never changed, so that no thread finds an id without its row.
        self._kept: tuple[dict[str, int], Any] = ({}, None)

    def __len__(self) -> int:
        return len(self._kept[0])

    def rows(self, ids: Sequence[str], read: ReadsRows) -> Floats:
        """Return (ids, numbers) as a copy; `read` gives the rows of ids that are not here yet."""
        places, table = self._kept
        try:
            found: Floats = table[list(map(places.__getitem__, ids))]
        except (KeyError, TypeError):
            missing = [known for known in dict.fromkeys(ids) if known not in places]
        else:
            return found
        if len(places) + len(missing) > self._most:
            places, table, missing = {}, None, list(dict.fromkeys(ids))
        added = np.array(read(missing), float).reshape(len(missing), -1)
        numbers = range(len(places), len(places) + len(missing))
        places = places | dict(zip(missing, numbers, strict=True))
        table = added if table is None else np.concatenate((table, added))
        self._kept = places, table
        return table[[places[known] for known in ids]]
