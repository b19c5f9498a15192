"""Many ranked lists of one table as columns: as a night makes them, with no object for a row."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from personalization.domain.prior import PriorKey, PriorTable, RankedList, RankedMember

Places = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Texts:
    """Text i is `data[bounds[i]:bounds[i + 1]]`, in UTF-8."""

    data: memoryview
    bounds: Places

    @classmethod
    def of(cls, texts: list[str]) -> "Texts":
        encoded = [text.encode() for text in texts]
        bounds = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        return cls(memoryview(b"".join(encoded)), bounds)

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def encode(self) -> list[bytes]:
        data = bytes(self.data)
        return [data[start:end] for start, end in pairwise(self.bounds.tolist())]

    def decode(self) -> list[str]:
        return [text.decode() for text in self.encode()]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListColumns:
    """List i has the rows `starts[i]:starts[i + 1]`, strongest first."""

    table: PriorTable
    keys: Texts
    starts: Places
    """One more than there are keys."""
    member_ids: Texts
    strengths: Numbers
    values: Numbers
    supports: Places

    @classmethod
    def of(cls, table: PriorTable, lists: dict[str, RankedList]) -> "ListColumns":
        members = [member for ranked in lists.values() for member in ranked]
        return cls(
            table=table,
            keys=Texts.of(list(lists)),
            starts=np.cumsum([0, *map(len, lists.values())], dtype=np.int64),
            member_ids=Texts.of([member.member_id for member in members]),
            strengths=np.array([member.strength for member in members], np.float64),
            values=np.array([member.value for member in members], np.float64),
            supports=np.array([member.support for member in members], np.int64),
        )

    def lists(self) -> Iterator[tuple[PriorKey, RankedList]]:
        """Yield the lists one by one, for a store that keeps them so."""
        members = tuple(
            map(
                RankedMember,
                self.member_ids.decode(),
                self.strengths.tolist(),
                self.values.tolist(),
                self.supports.tolist(),
            )
        )
        bounds = pairwise(self.starts.tolist())
        for key, (start, end) in zip(self.keys.decode(), bounds, strict=True):
            yield (self.table, key), members[start:end]
