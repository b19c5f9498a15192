"""Going through files row by row: first for their days, then for what the rows mean."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from importers.holdout import Survey, boundary
from importers.loader import Loader
from importers.options import Holdout, ImportOptions
from importers.plausible_days import PlausibleDays
from importers.progress import Progress
from importers.readings.columns import ColumnReadings
from importers.readings.kinds import ColumnKind, Names
from importers.rejection import RejectedRow, RejectedRows, RowRejectedError, UncountedRows
from importers.session_starts import SessionSurvey
from importers.sink import ImportSink
from importers.source_files import Source, refuse_doubtful_columns
from importers.tables.csv_table import CsvTable
from importers.tables.parquet_table import ParquetTable
from importers.tables.table import DAMAGED_FILE, BrokenRow, Table, TableRow, Values, present
from personalization.domain.errors import ImportRejectedError

ROWS_BETWEEN_TICKS = 2000
SHARE_WITHOUT_TIMES = 0.05
"""Of the sessions is held out where no day is known to be the last."""
_UNREAD_SHOWN = 20
_BATCHES_BETWEEN_TICKS = 4


class FilePlan:
    """An import of files."""

    def __init__(self, source: Source, options: ImportOptions) -> None:
        self.generated = source.format.generated
        self.name = source.format.name
        self.title = source.format.title
        self.source = ", ".join(table.name for table in source.tables)
        self.notes: list[str] = []
        if source.unread:
            listed = ", ".join(source.unread[:_UNREAD_SHOWN])
            self.notes.append(f"not read, for these are no files of {self.name}: {listed}")
        self._tables = source.tables
        self._make = _maker(source, options)
        self._loader = self._make()
        self._limit = options.limit
        self._days = PlausibleDays(options.clock.now().date())
        self.is_feed = self._loader.is_feed and options.limit is None
        self.keeps_known = self._loader.keeps_known
        for table in self._tables:
            refuse_doubtful_columns(table, self._loader.columns)
        self._kinds: dict[Names, ColumnKind] = {}
        for table in self._tables:
            self._kinds |= self._loader.kinds_of(table.columns)
        self._readings = ColumnReadings(
            self._kinds,
            self._tables[0].columns,
            options.files,
            known=self._loader,
            this_year=options.clock.now().year,
        )

    def prepare(self, progress: Progress) -> None:
        """Look through all files for how they are written, before anything is kept.

        Raises `ImportRejectedError` where one cannot be read to its end, or could be read in
        several ways.
        """
        progress.stage("Looking at the columns")
        seers = {table: self._readings.seer(self._columns_to_see(table)) for table in self._tables}
        if not self._see_batches(progress):
            self._see_rows(seers, progress)
        for table in self._tables:
            table.verify(self._known_columns(table))
        problems = [problem for table in self._tables if (problem := table.problem()) is not None]
        problems += self._readings.problems()
        if problems:
            raise ImportRejectedError("\n".join(problems))

    def _see_batches(self, progress: Progress) -> bool:
        """Look at the values that differ, where all tables are taken in batches."""
        tables = batched_tables(self._loader, self._tables, self._readings, self._days)
        if tables is None:
            return False
        see = self._readings.value_seer()
        for number, table in enumerate(tables, 1):
            columns = self._columns_to_see(table)
            for batch in table.batches(columns):
                for column in columns:
                    see(column, table.distinct_values(batch, column))
            progress.advance(number, number / len(tables))
        return True

    def _see_rows(
        self, seers: Mapping[Table, Callable[[Values], None]], progress: Progress
    ) -> None:
        for table, row in self._rows(self._columns_to_see, progress, None):
            if isinstance(row, TableRow):
                seers[table](row.values)
            elif row.reason == DAMAGED_FILE:
                raise ImportRejectedError(
                    f"{table.name} is damaged at line {row.number}: {row.detail}. Nothing was"
                    " imported."
                )

    def descriptions(self) -> dict[str, str]:
        """Return how files and columns are read."""
        texts = [table for table in self._tables if isinstance(table, CsvTable)]
        ways = {
            "encoding": ", ".join(sorted({table.encoding.upper() for table in texts})),
            "delimiter": ", ".join(sorted({repr(table.delimiter) for table in texts})),
        }
        known = {name: way for name, way in ways.items() if way} | self._readings.descriptions()
        named = self._loader.currency_column
        if named is not None and all(present(table.columns, [named]) for table in self._tables):
            known["currency"] = f"as the column {named[0]} says, else {known.get('currency')}"
        return known

    def boundary(self, holdout: Holdout | None, progress: Progress) -> datetime | None:
        """Return where the sessions to hold out begin, after a look at the days."""
        wanted = holdout or self._loader.holdout
        share = wanted.sessions
        if share is None and not self._has_times:
            if self._loader.is_feed or wanted.days == 0:
                return None
            if wanted.days is not None:
                raise ImportRejectedError(
                    f"{self.source} has no times, so no last days: --holdout-sessions 0.05 keeps"
                    " the last part of the sessions."
                )
            share = SHARE_WITHOUT_TIMES if holdout is None else wanted.fraction
        if share is not None:
            progress.stage("Looking at the sessions")
            sink = SessionSurvey()
            self._fill(sink, UncountedRows(), progress)
            return sink.starts.boundary(share)
        return None if wanted.days == 0 else self._boundary_of_days(wanted, progress)

    def _boundary_of_days(self, wanted: Holdout, progress: Progress) -> datetime | None:
        progress.stage("Looking at the days")
        survey = Survey()
        readers = {
            table: self._readings.converter(self._time_columns(table)) for table in self._tables
        }
        for table, row in self._rows(self._time_columns, progress, self._limit):
            if isinstance(row, TableRow):
                moment = self._loader.moment(readers[table](row.values))
                if moment is not None and moment in self._days:
                    survey.see(moment)
        return boundary(survey, wanted)

    @property
    def _has_times(self) -> bool:
        return any(map(self._time_columns, self._tables))

    def fill(
        self, sink: ImportSink, rejected: RejectedRows | UncountedRows, progress: Progress
    ) -> int:
        """Put everything into the sink and return the number of rows read."""
        progress.stage("Importing")
        return self._fill(sink, rejected, progress)

    def _fill(
        self, sink: ImportSink, rejected: RejectedRows | UncountedRows, progress: Progress
    ) -> int:
        loader = self._make()
        filling = _Filling(loader, self._readings, self._days, sink, rejected)
        count = 0
        begun: Table | None = None
        for table, row in self._rows_or_batches(filling, progress):
            if table is not begun:
                filling.begin(table, self._moments(table))
                begun = table
            if isinstance(row, _Batch):
                row.take_all()
                count += row.size
            else:
                count += 1
                filling.take(row)
        loader.finish(sink)
        return count

    def _rows_or_batches(
        self, filling: "_Filling", progress: Progress
    ) -> Iterator[tuple[Table, "TableRow | BrokenRow | _Batch"]]:
        """Yield batches where all tables can be taken in them, and rows otherwise."""
        batches = None if self._limit is not None else filling.batches(self._tables)
        if batches is None:
            yield from self._rows(lambda _: None, progress, self._limit)
            return
        count = 0
        for place, (table, batch) in enumerate(batches):
            yield table, batch
            count += batch.size
            if place % _BATCHES_BETWEEN_TICKS == 0:
                number = self._tables.index(table)
                progress.advance(count, (number + table.fraction) / len(self._tables))
        progress.advance(count, 1.0)

    def _moments(self, table: Table) -> Callable[[Values], datetime | None]:
        """Return what tells a whole row's moment."""
        places = [table.columns.index(name) for name in self._time_columns(table)]
        return lambda values: (
            self._loader.moment(tuple(values[place] for place in places)) if places else None
        )

    def _columns_to_see(self, table: Table) -> Sequence[str]:
        return [name for name in self._known_columns(table) if name not in table.columns_with_types]

    def _known_columns(self, table: Table) -> Sequence[str]:
        return present(table.columns, list(self._kinds))

    def _time_columns(self, table: Table) -> Sequence[str]:
        return present(table.columns, self._loader.time_columns)

    def _rows(
        self,
        columns: Callable[[Table], Sequence[str] | None],
        progress: Progress,
        limit: int | None,
    ) -> Iterator[tuple[Table, TableRow | BrokenRow]]:
        count = 0
        for place, table in enumerate(self._tables):
            for row in table.rows(columns(table)):
                if count == limit:
                    return
                yield table, row
                count += 1
                if count % ROWS_BETWEEN_TICKS == 0:
                    progress.advance(count, (place + table.fraction) / len(self._tables))
        progress.advance(count, 1.0)


def batched_tables(
    loader: Loader, tables: Sequence[Table], readings: ColumnReadings, days: PlausibleDays
) -> Sequence[ParquetTable] | None:
    """Return the tables where the loader takes all of them in batches, None otherwise."""
    typed = [table for table in tables if isinstance(table, ParquetTable) and table.is_flat]
    if len(typed) < len(tables):
        return None
    takers = [loader.batch_taker(table, readings, days) for table in typed]
    return None if None in takers else typed


class _Filling:
    """Takes rows of tables into a sink, and rejects those that mean nothing."""

    def __init__(
        self,
        loader: Loader,
        readings: ColumnReadings,
        days: PlausibleDays,
        sink: ImportSink,
        rejected: RejectedRows | UncountedRows,
    ) -> None:
        self._loader, self._readings, self._days = loader, readings, days
        self._sink, self._rejected = sink, rejected

    def begin(self, table: Table, moment_of: Callable[[Values], datetime | None]) -> None:
        self._table, self._moment_of = table, moment_of
        self._loader.begin(table.columns, self._readings.currency)
        self._convert = self._readings.converter(table.columns)
        self._taker = (
            self._loader.batch_taker(table, self._readings, self._days)
            if isinstance(table, ParquetTable)
            else None
        )

    def batches(self, tables: Sequence[Table]) -> Iterator[tuple[Table, "_Batch"]] | None:
        """Return the batches of tables that can all be taken in them, None of others."""
        if not self._sink.takes_plain:
            return None
        typed = batched_tables(self._loader, tables, self._readings, self._days)
        return None if typed is None else self._batches_of(typed)

    def take(self, row: TableRow | BrokenRow) -> None:
        table = self._table
        if isinstance(row, BrokenRow):
            self._sink.mention(None)
            self._rejected.add(RejectedRow(table.name, row.number, row.reason, row.detail, row.raw))
            return
        try:
            values = self._convert(row.values)
            self._days.check(self._moment_of(values))
            self._loader.take(values, self._sink)
        except RowRejectedError as error:
            self._sink.mention(
                self._readings.product_of(table.columns, row.values)
                if self._loader.rows_name_products
                else None
            )
            content = dict(zip(table.columns, row.values, strict=True))
            self._rejected.add(
                RejectedRow(table.name, row.number, error.reason, error.detail, content)
            )

    def take_batch(self, batch: "_Batch") -> None:
        if self._taker is not None:
            self._taker.take(batch, self._sink)

    def _batches_of(self, tables: Sequence[ParquetTable]) -> Iterator[tuple[Table, "_Batch"]]:
        for table in tables:
            passed = 0
            for batch in table.batches():
                yield table, _Batch(self, table, batch, passed)
                passed += batch.num_rows


class _Batch:
    """Rows of a typed table that are taken together, but for those that are odd."""

    def __init__(self, filling: _Filling, table: ParquetTable, batch: Any, passed: int) -> None:  # noqa: ANN401 - of pyarrow
        self.batch = batch
        self.size: int = batch.num_rows
        self._filling, self._table, self._passed = filling, table, passed
        self._values: dict[int, Values] = {}

    def take_all(self) -> None:
        self._filling.take_batch(self)

    def prepare(self, places: Sequence[int]) -> None:
        values = self._table.values_at(self.batch, places)
        self._values = dict(zip(places, values, strict=True))

    def take(self, place: int) -> None:
        if place not in self._values:
            self.prepare([place])
        self._filling.take(TableRow(self._passed + place + 1, self._values[place]))


def _maker(source: Source, options: ImportOptions) -> Callable[[], Loader]:
    moment = options.clock.now()

    def make() -> Loader:
        loader = source.format.make(source.path, options.files)
        loader.imported_at = moment
        return loader

    return make
