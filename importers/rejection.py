"""Rows that cannot be imported, counted by reason and kept in full."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import msgspec

from personalization.domain.errors import PersonalizationError

EXAMPLES_KEPT = 5
"""Enough to see what went wrong; the file beside the report has more."""
ROWS_KEPT = 100_000
"""Rows of the file; further ones are only counted."""
LONGEST_VALUE = 1_000
"""Characters of a value in the file and in the report."""


class RowRejectedError(PersonalizationError):
    """The row cannot be imported.

    `reason` is one of a few phrases that rows are counted by, `detail` what was wrong here.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail or reason


@dataclass(frozen=True, slots=True)
class RejectedExample:
    """Where a rejected row stands (line of a text file, row of a parquet file) and why."""

    file: str
    row: int
    detail: str


@dataclass(slots=True)
class RejectedKind:
    """All rows rejected for one reason."""

    count: int
    examples: list[RejectedExample]


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A rejected row as it stands in the file: by column, or as text where it has none."""

    file: str
    row: int
    reason: str
    detail: str
    content: dict[str, object] | str


class UncountedRows:
    """Takes rejected rows where they are told in another pass."""

    def add(self, rejected: RejectedRow) -> None:
        pass


class RejectedRows:
    """Counts rejected rows by reason and appends them to a file of JSON lines."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.by_reason: dict[str, RejectedKind] = {}
        self.count = 0
        self._encoder = msgspec.json.Encoder(enc_hook=str)
        self._file = path.open("wb")

    def add(self, rejected: RejectedRow) -> None:
        kept = self.by_reason.setdefault(rejected.reason, RejectedKind(0, []))
        kept.count += 1
        detail = rejected.detail[:LONGEST_VALUE]
        if len(kept.examples) < EXAMPLES_KEPT:
            kept.examples.append(RejectedExample(rejected.file, rejected.row, detail))
        self.count += 1
        if self.count <= ROWS_KEPT:
            shown = replace(rejected, detail=detail, content=_cut(rejected.content))
            self._file.write(self._encoder.encode(shown) + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _cut(content: dict[str, object] | str) -> dict[str, object] | str:
    if isinstance(content, str):
        return content[:LONGEST_VALUE]
    return {
        name: value[:LONGEST_VALUE] if isinstance(value, str) else value
        for name, value in content.items()
    }
