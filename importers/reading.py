"""Going through files row by row: first for their days, then for what the rows mean."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from importers.holdout import Survey, boundary
from importers.options import Holdout
from importers.progress import Progress
from importers.rejection import RejectedRow, RejectedRows, RowRejectedError
from importers.sink import ImportSink
from importers.source_files import Source
from importers.tables.table import BrokenRow, Table, TableRow, spellings

ROWS_BETWEEN_TICKS = 2000


class FilePlan:
    """An import of files."""

    generated = False

    def __init__(self, source: Source, limit: int | None) -> None:
        self.name = source.format.name
        self.title = source.format.title
        self.source = ", ".join(table.name for table in source.tables)
        self._tables = source.tables
        self._loader = source.format.make(source.path)
        self._limit = limit

    def boundary(self, holdout: Holdout | None, progress: Progress) -> datetime | None:
        """Return where the sessions to hold out begin, after a look at the days."""
        if not self._loader.time_columns:
            return None
        progress.stage("Looking at the days")
        survey = Survey()
        for _, row in self._rows(self._time_columns, progress):
            moment = self._loader.moment(row.values) if isinstance(row, TableRow) else None
            if moment is not None:
                survey.see(moment)
        return boundary(survey, holdout or self._loader.holdout)

    def fill(self, sink: ImportSink, rejected: RejectedRows, progress: Progress) -> int:
        """Put everything into the sink and return the number of rows read."""
        progress.stage("Importing")
        count = 0
        begun: Table | None = None
        for table, row in self._rows(lambda _: None, progress):
            if table is not begun:
                self._loader.begin(table.columns)
                begun = table
            count += 1
            if isinstance(row, BrokenRow):
                rejected.add(RejectedRow(table.name, row.number, row.reason, row.detail, row.raw))
                continue
            try:
                self._loader.take(row.values, sink)
            except RowRejectedError as error:
                content = dict(zip(table.columns, row.values, strict=True))
                rejected.add(
                    RejectedRow(table.name, row.number, error.reason, error.detail, content)
                )
        self._loader.finish(sink)
        return count

    def _time_columns(self, table: Table) -> Sequence[str]:
        names = spellings(table.columns, self._loader.time_columns)
        return [name for name in names if name is not None]

    def _rows(
        self, columns: Callable[[Table], Sequence[str] | None], progress: Progress
    ) -> Iterator[tuple[Table, TableRow | BrokenRow]]:
        count = 0
        for place, table in enumerate(self._tables):
            for row in table.rows(columns(table)):
                if count == self._limit:
                    return
                yield table, row
                count += 1
                if count % ROWS_BETWEEN_TICKS == 0:
                    progress.advance(count, (place + table.fraction) / len(self._tables))
        progress.advance(count, 1.0)
