"""Rows of numbers that are read of a store once and then looked up, many at a time."""

from collections.abc import Callable, Sequence

import numpy as np

from personalization.domain.action_table import Floats

ReadsRows = Callable[[Sequence[str]], Sequence[Sequence[float]]]


class KeptTable:
    """A row for each id; it never holds more than it was told to. Any number of threads may ask."""

    def __init__(self, columns: int, most: int) -> None:
        self._most = most
        # Replaced together and never changed, so that no thread finds an id without its row.
        self._kept: tuple[dict[str, int], Floats] = ({}, np.zeros((0, columns)))

    def __len__(self) -> int:
        return len(self._kept[0])

    def rows(self, ids: Sequence[str], read: ReadsRows) -> Floats:
        """Return (ids, numbers) as a copy; `read` gives the rows of ids that are not here yet."""
        places, table = self._kept
        try:
            found: Floats = table[np.fromiter(map(places.__getitem__, ids), np.intp, len(ids))]
        except KeyError:
            missing = [known for known in dict.fromkeys(ids) if known not in places]
        else:
            return found
        if len(places) + len(missing) > self._most:
            places, table, missing = {}, table[:0], list(dict.fromkeys(ids))
        numbers = range(len(places), len(places) + len(missing))
        places = places | dict(zip(missing, numbers, strict=True))
        table = np.concatenate((table, np.array(read(missing), float)))
        self._kept = places, table
        return table[[places[known] for known in ids]]
