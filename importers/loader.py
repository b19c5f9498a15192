"""What knows one data set: turns its rows into products, categories and events."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from importers.duplicates import Listings
from importers.options import Holdout
from importers.plausible_days import PlausibleDays
from importers.readings.columns import ColumnReadings
from importers.readings.kinds import ColumnKind, Names
from importers.rejection import RowRejectedError
from importers.sink import ImportSink
from importers.tables import fields
from importers.tables.parquet_table import ParquetTable
from importers.tables.table import Values, selector
from personalization.domain.identifiers import CategoryId, id_fault
from personalization.domain.product import Category


class ReadsRowBatches(Protocol):
    """A batch of a typed table, whose rows can also be taken one by one."""

    batch: Any
    """Of pyarrow."""

    def prepare(self, places: Sequence[int]) -> None:
        """Read rows that are likely to be taken, by their places in the batch."""

    def take(self, place: int) -> None:
        """Take a row as it would be taken without batches, or reject it."""


class BatchTaker(Protocol):
    """Takes a batch to the same end as taking its rows one by one."""

    def take(self, rows: ReadsRowBatches, sink: ImportSink) -> None: ...


def required_text(value: object, what: str) -> str:
    written = fields.text(value)
    if written is None:
        raise RowRejectedError(f"no {what}")
    return written


class Loader(ABC):
    """Reads the rows of one format; a new one for every import."""

    columns: Sequence[Sequence[str]]
    """What `take` is to pick, by the known names of each."""
    time_columns: Sequence[Sequence[str]] = ()
    """The columns (by their known names) that hold a row's time; empty: no events."""
    kinds: Mapping[Names, ColumnKind]
    """The columns whose values can be written in several ways; rows come with them read."""
    currency = "USD"
    """What prices are in where the files name no currency."""
    currency_column: Names | None = None
    """Where rows name their own currency."""
    decimal: str | None = None
    """The decimal sign that the data set is known to have, where its columns leave it open."""
    is_feed = False
    """Whether the data set is a whole catalogue, and not what happened in a shop."""
    keeps_known = False
    """Whether the data set names products only, so that a catalogue knows them better."""
    rows_name_products = True
    """Whether the first id of a row is that of its product, also of a row that is rejected."""
    holdout = Holdout()
    """What is held out where the import names nothing else."""
    imported_at = datetime.min.replace(tzinfo=UTC)
    """When the import is made, for prices that hold for a time."""

    def __init__(self) -> None:
        self.begin([name for name, *_ in self.columns], None)

    def kinds_of(self, _columns: Sequence[str]) -> Mapping[Names, ColumnKind]:
        """Return the kinds of a file's columns, where more than the known ones have one."""
        return self.kinds

    def begin(self, columns: Sequence[str], currency: str | None) -> None:
        """Learn how the next file spells its columns, and the currency that is known of prices."""
        self._select = selector(columns, self.columns)
        self._currency = currency or self.currency

    def moment(self, values: Values) -> datetime | None:
        """Return the time in the time columns (as read), or None where they make no sense."""
        try:
            return fields.moment(values[0])
        except ValueError:
            return None

    def checked_moment(self, value: object) -> datetime:
        moment = self.moment((value,))
        if moment is None:
            raise RowRejectedError("not a date", "no date" if value is None else repr(value))
        return moment

    def batch_taker(
        self, _table: ParquetTable, _readings: ColumnReadings, _days: PlausibleDays
    ) -> BatchTaker | None:
        """Return what takes a table's rows a batch at a time, None to take them one by one."""
        return None

    @abstractmethod
    def take(self, values: Values, sink: ImportSink) -> None:
        """Turn one row into what it means; raises `RowRejectedError` where it means nothing."""

    @abstractmethod
    def finish(self, sink: ImportSink) -> None:
        """Put what only the whole data set tells, with notes on what it lacks."""


class CatalogueOnly(Loader):
    """What loaders of catalogues share: their rows have no time and nothing to hold out."""

    holdout = Holdout(days=0)
    is_feed = True

    def __init__(self) -> None:
        super().__init__()
        self._listings = Listings()
        self._known_categories: dict[str, str] = {}

    def moment(self, _values: Values) -> datetime | None:
        """Return None: a catalogue's row does not happen."""
        return None

    def put_category(self, category_id: str, name: str, sink: ImportSink) -> CategoryId:
        """Put the category into the sink where it is new, and return its id."""
        fault = id_fault(category_id)
        if fault is not None:
            raise RowRejectedError("not an id", f"category {fault}: {name[:40]!r}")
        if category_id not in self._known_categories:
            self._known_categories[category_id] = name
            sink.category(Category(category_id=CategoryId(category_id), name=name))
        return CategoryId(category_id)

    def path_of(self, category_id: CategoryId) -> tuple[str, ...]:
        """Return the name of a category that was put, as the whole path to it."""
        return (self._known_categories[category_id],)

    def note_gaps(self, sink: ImportSink, gaps: Iterable[tuple[int, str]]) -> None:
        """Note of how many rows something is unknown, and that there are no events."""
        repeated = "rows repeat a product; the last of the most complete stays"
        for count, note in (*gaps, (self._listings.repeated, repeated)):
            if count:
                sink.notes.append(f"{count:,} {note}")
        sink.absent["events"] = "the data set is a catalogue: it has no views, carts or purchases"
