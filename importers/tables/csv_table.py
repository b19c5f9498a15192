"""CSV files as they are found: gzipped or not, any usual separator, with broken lines in them."""

import csv
import gzip
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from io import BufferedReader
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from importers.tables.table import BrokenRow, TableRow, Values
from personalization.domain.errors import ImportRejectedError

SEPARATORS = ",;\t|"
MAX_LINE_BYTES = 1 << 20
"""A longer line is no row of a table; the cap keeps memory bounded."""
MAX_LINES_PER_ROW = 20
"""A quoted text may span lines; an unclosed quote must not swallow the rest of the file."""
_UNCLOSED = "unexpected end of data"
"""What the csv module says when the text ends inside quotes."""


class _Line(NamedTuple):
    number: int
    raw: bytes


class CsvTable:
    """One CSV file in UTF-8; a broken line costs that line and no other."""

    def __init__(self, path: Path) -> None:
        """Read the header; a file without one raises `ImportRejectedError`."""
        self._path = path
        self.name = path.name
        self._size = path.stat().st_size
        self._file: BinaryIO | None = None
        self._fraction = 0.0
        with path.open("rb") as file:
            header = next(self._lines(file), _Line(1, b"")).raw
        try:
            text = header.decode("utf-8-sig").strip("\r\n")
        except UnicodeDecodeError as error:
            raise ImportRejectedError(f"{path.name} has no header in UTF-8") from error
        if not text.strip() or "\0" in text:
            raise ImportRejectedError(f"{path.name} has no header line")
        self._separator = max(SEPARATORS, key=text.count)
        try:
            self.columns = self._parse(text)
        except csv.Error as error:
            raise ImportRejectedError(f"{path.name} has a broken header line: {error}") from error

    @property
    def fraction(self) -> float:
        """Bytes passed by bytes in all (of the gzipped file, where it is one)."""
        if self._file is not None and self._size:
            self._fraction = min(1.0, self._file.tell() / self._size)
        return self._fraction

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[TableRow | BrokenRow]:
        """Yield the rows by line number, and what is not a row with its reason."""
        pick = None
        if columns is not None:
            places = [self.columns.index(name) for name in columns]
            pick = itemgetter(*places, places[0])
        with self._path.open("rb") as file:
            self._file = file
            lines = self._lines(file)
            next(lines, None)
            waiting: deque[_Line] = deque()
            while line := waiting.popleft() if waiting else next(lines, None):
                row = self._row(line, waiting, lines)
                if isinstance(row, TableRow) and pick is not None:
                    row = TableRow(row.number, pick(row.values)[:-1])
                if row is not None:
                    yield row
            self._fraction, self._file = 1.0, None

    def _lines(self, file: BufferedReader) -> Iterator[_Line]:
        zipped = self._path.suffix == ".gz"
        stream = cast("BinaryIO", gzip.GzipFile(fileobj=file)) if zipped else file
        number = 0
        try:
            while raw := stream.readline(MAX_LINE_BYTES):
                number += 1
                yield _Line(number, raw)
                while len(raw) == MAX_LINE_BYTES and not raw.endswith(b"\n"):
                    raw = stream.readline(MAX_LINE_BYTES)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            # An empty line cannot be read from a file: it stands for the end that is missing.
            yield _Line(number + 1, b"")

    def _row(
        self, line: _Line, waiting: deque[_Line], lines: Iterator[_Line]
    ) -> TableRow | BrokenRow | None:
        unreadable = _unreadable(line.raw)
        if unreadable:
            return _broken(line, *unreadable)
        text = line.raw.decode().rstrip("\r\n")
        if not text.strip():
            return None
        try:
            values = self._parse(text)
        except csv.Error as error:
            if str(error) == _UNCLOSED:
                return self._spanning_row(line, waiting, lines)
            return _broken(line, "malformed quotes", str(error))
        return self._row_of_values(line, values)

    def _spanning_row(
        self, line: _Line, waiting: deque[_Line], lines: Iterator[_Line]
    ) -> TableRow | BrokenRow:
        """Join the following lines while a quote is open; if that fails, give them back."""
        joined = [line]
        while len(joined) < MAX_LINES_PER_ROW:
            following = waiting.popleft() if waiting else next(lines, None)
            if following is None:
                break
            joined.append(following)
            if _unreadable(following.raw):
                break
            if sum(other_line.raw.count(b'"') for other_line in joined) % 2:
                continue
            try:
                values = self._parse(
                    b"".join(other_line.raw for other_line in joined).decode().rstrip("\r\n")
                )
            except csv.Error:
                break
            if len(values) == len(self.columns):
                return TableRow(line.number, values)
            break
        waiting.extendleft(reversed(joined[1:]))
        return _broken(line, "unclosed quote", "a quote is opened on this line and never closed")

    def _row_of_values(self, line: _Line, values: Values) -> TableRow | BrokenRow:
        if len(values) == len(self.columns):
            return TableRow(line.number, values)
        detail = f"{len(values)} values for {len(self.columns)} columns"
        return _broken(line, "wrong number of columns", detail)

    def _parse(self, text: str) -> tuple[str, ...]:
        return tuple(next(csv.reader([text], delimiter=self._separator, strict=True)))


def _unreadable(raw: bytes) -> tuple[str, str] | None:
    """Return reason and detail where the bytes of a line cannot be a line of text."""
    if not raw:
        return "damaged file", "the compressed file ends or breaks here; the rest is lost"
    if len(raw) == MAX_LINE_BYTES and not raw.endswith(b"\n"):
        return "line too long", f"more than {MAX_LINE_BYTES} bytes"
    if b"\0" in raw:
        return "NUL byte", f"at byte {raw.index(0)} of the line"
    if raw.isascii():
        return None
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return "not UTF-8", f"byte 0x{raw[error.start]:02x} at byte {error.start} of the line"
    return None


def _broken(line: _Line, reason: str, detail: str) -> BrokenRow:
    text = line.raw.decode(errors="backslashreplace").rstrip("\r\n")
    return BrokenRow(line.number, reason, detail, text)
