"""What knows one data set: turns its rows into products, categories and events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from importers.options import Holdout
from importers.sink import ImportSink
from importers.tables.table import Values


class Loader(Protocol):
    """Reads the rows of one format; made anew for every import."""

    @property
    def time_columns(self) -> Sequence[Sequence[str]]:
        """The columns (by their known names) that hold a row's time; empty: no events."""
        ...

    @property
    def holdout(self) -> Holdout:
        """What is kept back unless the import is told otherwise."""
        ...

    def moment(self, values: Values) -> datetime | None:
        """Return the time told by the time columns, or None where they make no sense."""
        ...

    def begin(self, columns: tuple[str, ...]) -> None:
        """Learn how the next file spells its columns."""
        ...

    def take(self, values: Values, sink: ImportSink) -> None:
        """Turn one row into what it means; raises `RowRejectedError` where it means nothing."""
        ...

    def finish(self, sink: ImportSink) -> None:
        """Put what only the whole data set tells, with notes on what it lacks."""
        ...


class CatalogueOnly:
    """What loaders of catalogues share: their rows have no time and nothing to hold back."""

    time_columns: Sequence[Sequence[str]] = ()
    holdout = Holdout(days=0)

    def moment(self, _values: Values) -> datetime | None:
        """Return None: a catalogue's row does not happen."""
        return None
