"""Sheets of a workbook (.xlsx), read row by row."""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from operator import itemgetter
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from importers.tables.table import BrokenRow, TableRow, Values
from personalization.domain.errors import ImportRejectedError

MOST_BYTES: Final = 1 << 30
"""Unpacked; a sheet can have no more than a million rows."""
MOST_SHARED_BYTES: Final = 256 << 20
"""The texts that cells share are held in memory."""
_MOST_ROWS: Final = 1 << 20
MOST_TIMES: Final = 200
_FREE_BYTES: Final = 64 << 20
_SHARED: Final = "xl/sharedStrings.xml"
_UNREADABLE: Final = (
    zipfile.BadZipFile, KeyError, ValueError, ParseError, OSError, EOFError, TypeError,
    AttributeError, IndexError, NotImplementedError,
)  # fmt: skip
"""What openpyxl and zipfile raise for files that are not what they say."""


class XlsxTable:
    """One sheet; its first row with values is the header."""

    columns_with_types: frozenset[str] = frozenset()

    def __init__(self, path: Path, sheet: str) -> None:
        self._path = path
        self._sheet = sheet
        self.name = f"{path.name}:{sheet}"
        self._total = 1
        self._passed = 0
        self.columns: tuple[str, ...] = ()
        self._header = 0
        for number, values in self._cells():
            if any(value is not None for value in values):
                self.columns = tuple(
                    "" if value is None else str(value).strip() for value in values
                )
                self._header = number
                break

    @property
    def fraction(self) -> float:
        """Rows passed by rows that the sheet says it has."""
        return min(1.0, self._passed / self._total)

    def verify(self, _columns: Sequence[str]) -> None:
        """Refuse formulas that were never computed: as values, their cells are empty."""
        if not _may_have_formulas(self._path):
            return
        lost = has_computed = False
        formulas = self._cells(values=False)
        for (_, written), (_, computed) in zip(formulas, self._cells(), strict=True):
            for formula, value in zip(written, computed, strict=True):
                lost |= value is None and formula is not None
                has_computed |= value is not None and value != formula
        if lost and not has_computed:
            raise ImportRejectedError(
                f"{self.name} has formulas without their values: open it in a spreadsheet program"
                " and save it again."
            )

    def problem(self) -> None:
        """Return nothing: a workbook has one encoding, and types."""

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[TableRow | BrokenRow]:
        """Yield the rows by their number in the sheet; damage raises `ImportRejectedError`."""
        places = [self.columns.index(name) for name in columns or self.columns]
        pick = itemgetter(*places, places[0])
        width = len(self.columns)
        for number, cells in self._cells():
            self._passed = number
            if number <= self._header or all(cell is None for cell in cells):
                continue
            values = tuple(map(_value, cells[:width])) + (None,) * (width - len(cells))
            if any(cell is not None for cell in cells[width:]):
                detail = f"{len(cells)} values for {width} columns"
                yield BrokenRow(number, "wrong number of columns", detail, str(cells)[:1000])
            else:
                yield TableRow(number, pick(values)[:-1])
        self._passed = self._total

    def _cells(self, *, values: bool = True) -> Iterator[tuple[int, Values]]:
        try:
            with _open(self._path, values=values) as workbook:
                sheet = workbook[self._sheet]
                self._total = max(1, sheet.max_row or 1)
                # Some programs write that a sheet ends at A1.
                sheet.reset_dimensions()
                rows = sheet.iter_rows(max_row=_MOST_ROWS, values_only=True)
                yield from enumerate(rows, 1)
        except _UNREADABLE as error:
            raise ImportRejectedError(
                f"{self.name} is damaged after row {self._passed}: {error}"
            ) from error


def sheets_of(path: Path) -> list[XlsxTable]:
    """Return the sheets of a workbook; `ImportRejectedError` where it is none, or a trap."""
    try:
        _refuse_trap(path)
        with _open(path) as workbook:
            names = [sheet.title for sheet in workbook.worksheets]
    except _UNREADABLE as error:
        raise ImportRejectedError(f"{path.name} is not a workbook (.xlsx): {error}") from error
    return [XlsxTable(path, name) for name in names]


@contextmanager
def _open(path: Path, *, values: bool = True) -> Iterator[Any]:
    from openpyxl import load_workbook

    # As a file, for openpyxl refuses a path by its name, and workbooks are called .csv too.
    with path.open("rb") as file:
        workbook = load_workbook(file, read_only=True, data_only=values, keep_links=False)
        try:
            yield workbook
        finally:
            workbook.close()


def _may_have_formulas(path: Path) -> bool:
    """Whether a tag of a sheet begins as `<f>` does; to look is far quicker than to read cells."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                with archive.open(name) as sheet:
                    last = b""
                    while chunk := sheet.read(1 << 20):
                        if b"<f" in last + chunk or b":f" in last + chunk:
                            return True
                        last = chunk[-1:]
    return False


def _refuse_trap(path: Path) -> None:
    """Refuse by the sizes that the zip file names: no more than that is read of it."""
    with zipfile.ZipFile(path) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    unpacked = sum(sizes.values())
    too_dense = unpacked > max(_FREE_BYTES, MOST_TIMES * path.stat().st_size)
    if unpacked > MOST_BYTES or sizes.get(_SHARED, 0) > MOST_SHARED_BYTES or too_dense:
        raise ImportRejectedError(
            f"{path.name} unpacks to {unpacked >> 20} MiB: too much for a workbook. Save it as CSV."
        )


def _value(cell: object) -> object:
    """Return what the cell holds; dates stay dates, and a time of day alone is its text."""
    if isinstance(cell, time) and not isinstance(cell, date | datetime):
        return cell.isoformat()
    return cell
