"""CSV files as they are found: gzipped or not, any usual separator, with broken lines in them."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple

from importers.tables.table import DAMAGED_FILE, BrokenRow, TableRow, Values
from importers.tables.text_stream import DAMAGED, TextStream
from personalization.domain.errors import ImportRejectedError

SEPARATORS = ",;\t|"
MAX_LINE_BYTES = 1 << 20
"""A longer line is no row of a table; the cap keeps memory bounded."""
MAX_LINES_PER_ROW = 20
"""A quoted text may span lines; an unclosed quote must not swallow the rest of the file."""
_LINES_BEFORE = 10
"""Lines that may stand before the header: empty ones, and one that tells the delimiter."""
_TOLD_SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_NOT_UTF8 = "not UTF-8"
_OTHERS_KEPT = 3
_UNCLOSED = "unexpected end of data"
"""What the csv module says when the text ends inside quotes."""


class _Line(NamedTuple):
    number: int
    raw: bytes


class CsvTable:
    """One text file of rows; a broken line costs that line and no other."""

    columns_with_types: frozenset[str] = frozenset()

    def __init__(
        self,
        path: Path,
        encoding: str | None = None,
        delimiter: str | None = None,
        *,
        headless: bool = False,
    ) -> None:
        """Read the header; a file without one raises `ImportRejectedError`.

        Columns of a headless file are named 1, 2 and so on.
        """
        self._path = path
        self.name = path.name
        self._size = path.stat().st_size
        self._file: BinaryIO | None = None
        self._stream = TextStream(path, encoding)
        self._utf8_lines = 0
        self._other_lines: list[_Line] = []
        with path.open("rb") as file:
            lines = [line for line, _ in zip(self._lines(file), range(_LINES_BEFORE), strict=False)]
        self._header_lines, text, told = self._header(lines)
        self.delimiter = delimiter or told or self._most_likely_delimiter(text)
        try:
            self.columns = tuple(name.strip() for name in self._parse(text))
        except csv.Error as error:
            raise ImportRejectedError(f"{path.name} has a broken header line: {error}") from error
        if headless:
            self._header_lines -= 1
            self.columns = tuple(str(place) for place in range(1, len(self.columns) + 1))

    @property
    def encoding(self) -> str:
        return self._stream.encoding

    def verify(self, _columns: Sequence[str]) -> None:
        """Do nothing: what is damaged shows in the rows."""

    def problem(self) -> str | None:
        """Return the sentence by which the file is refused after all of its rows were read."""
        if self._stream.is_told or len(self._other_lines) <= self._utf8_lines:
            return None
        line = self._other_lines[0]
        shown = line.raw.strip()[:60]
        return (
            f"{self.name} is not in UTF-8 (line {line.number}): with --encoding windows-1252 that"
            f" line reads `{shown.decode('windows-1252', 'replace')}`, with --encoding iso-8859-2"
            f" `{shown.decode('iso-8859-2', 'replace')}`. Give the one that is right."
        )

    @property
    def fraction(self) -> float:
        """Bytes passed by bytes in all (of the gzipped file, where it is one)."""
        return 1.0 if self._file is None else min(1.0, self._file.tell() / self._size)

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[TableRow | BrokenRow]:
        """Yield the rows by line number, and what is not a row with its reason."""
        pick = None
        if columns is not None:
            places = [self.columns.index(name) for name in columns]
            pick = itemgetter(*places, places[0])
        with self._path.open("rb") as file:
            self._file = file
            lines = self._lines(file)
            for _ in range(self._header_lines):
                next(lines, None)
            self._utf8_lines, self._other_lines = 0, []
            waiting: deque[_Line] = deque()
            while line := waiting.popleft() if waiting else next(lines, None):
                row = self._row(line, waiting, lines)
                if isinstance(row, TableRow) and pick is not None:
                    row = TableRow(row.number, pick(row.values)[:-1])
                if row is not None:
                    yield row
            self._file = None

    def _header(self, lines: Sequence[_Line]) -> tuple[int, str, str | None]:
        """Return how many lines come before the rows, the header, and a delimiter that is told."""
        told = None
        for line in lines:
            if not line.raw:
                raise ImportRejectedError(f"{self.name} is damaged: its header cannot be read")
            try:
                text = line.raw.decode("utf-8-sig" if line.number == 1 else "utf-8").strip("\r\n")
            except UnicodeDecodeError as error:
                raise ImportRejectedError(
                    f"{self.name} has no header in {self.encoding.upper()}: give its encoding with"
                    " --encoding, such as windows-1252 or utf-16"
                ) from error
            separator = _TOLD_SEPARATOR.fullmatch(text.strip(" "))
            if separator is not None and told is None:
                told = separator.group(1)
            elif text.strip(" ") and "\0" not in text and len(line.raw) < MAX_LINE_BYTES:
                return line.number, text, told
            elif text.strip():
                break
        raise ImportRejectedError(f"{self.name} has no header line")

    def _most_likely_delimiter(self, header: str) -> str:
        counts = {sign: self._columns_with(sign, header) for sign in SEPARATORS}
        most = max(counts.values())
        likely = [sign for sign, count in counts.items() if count == most]
        if most <= 1:
            return max(SEPARATORS, key=header.count)
        if len(likely) > 1:
            signs = " or ".join(repr(sign) for sign in likely)
            raise ImportRejectedError(
                f"{self.name}: {signs} may separate the columns. Name the sign with --delimiter."
            )
        return likely[0]

    def _columns_with(self, delimiter: str, header: str) -> int:
        try:
            return len(next(_reader(header, delimiter)))
        except csv.Error:
            return 0

    def _lines(self, file: BinaryIO) -> Iterator[_Line]:
        stream = self._stream.open(file)
        number = passed = 0
        try:
            while raw := stream.readline(MAX_LINE_BYTES):
                number += 1
                passed += len(raw)
                yield _Line(number, raw)
                while len(raw) == MAX_LINE_BYTES and not raw.endswith(b"\n"):
                    raw = stream.readline(MAX_LINE_BYTES)
                    passed += len(raw)
                    self._stream.check(passed)
                self._stream.check(passed)
        except DAMAGED:
            # An empty line cannot be read from a file: it stands for the end that is missing.
            yield _Line(number + 1, b"")

    def _row(
        self, line: _Line, waiting: deque[_Line], lines: Iterator[_Line]
    ) -> TableRow | BrokenRow | None:
        unreadable = _unreadable(line.raw)
        if unreadable:
            self._count_other(line, unreadable[0])
            return _broken(line, *unreadable)
        if not line.raw.isascii():
            self._utf8_lines += 1
        text = line.raw.decode().rstrip("\r\n")
        if not text.strip():
            return None
        try:
            values = self._parse(text)
        except csv.Error as error:
            if str(error) == _UNCLOSED:
                return self._spanning_row(line, waiting, lines)
            too_long = "field larger" in str(error)
            return _broken(line, "field too long" if too_long else "malformed quotes", str(error))
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

    def _count_other(self, line: _Line, reason: str) -> None:
        """Count a line that would be a row in another encoding; what is broken proves nothing."""
        if reason != _NOT_UTF8:
            return
        try:
            values = self._parse(line.raw.decode("latin-1").rstrip("\r\n"))
        except csv.Error:
            return
        if len(values) != len(self.columns):
            return
        if len(self._other_lines) < _OTHERS_KEPT:
            self._other_lines.append(line)
        else:
            self._utf8_lines -= 1

    def _row_of_values(self, line: _Line, values: Values) -> TableRow | BrokenRow:
        width = len(self.columns)
        if len(values) >= width and not any(values[width:]):
            return TableRow(line.number, values[:width])
        detail = f"{len(values)} values for {width} columns"
        return _broken(line, "wrong number of columns", detail)

    def _parse(self, text: str) -> tuple[str, ...]:
        return tuple(next(_reader(text, self.delimiter)))


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=True)


def _unreadable(raw: bytes) -> tuple[str, str] | None:
    """Return reason and detail where the bytes of a line cannot be a line of text."""
    if not raw:
        return DAMAGED_FILE, "the compressed file ends or breaks here; the rest is lost"
    if len(raw) == MAX_LINE_BYTES and not raw.endswith(b"\n"):
        return "line too long", f"more than {MAX_LINE_BYTES} bytes"
    if b"\0" in raw:
        return "NUL byte", f"at byte {raw.index(0)} of the line"
    if raw.isascii():
        return None
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return _NOT_UTF8, f"byte 0x{raw[error.start]:02x} at byte {error.start} of the line"
    return None


def _broken(line: _Line, reason: str, detail: str) -> BrokenRow:
    text = line.raw.decode(errors="backslashreplace").rstrip("\r\n")
    return BrokenRow(line.number, reason, detail, text)
