"""JSON lines: an object a line, whose names are the columns."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from importers.tables.csv_table import MAX_LINE_BYTES
from importers.tables.table import DAMAGED_FILE, BrokenRow, TableRow
from importers.tables.text_stream import DAMAGED, TextStream
from personalization.domain.errors import ImportRejectedError

MOST_COLUMNS: Final = 1_000
_NESTED: Final = "attributes"
"""The one object in an object that is read: `attributes.fit` names what it has of `fit`."""
_SHOWN: Final = 1_000

Record = Mapping[str, object]


class JsonLinesTable:
    """One file; a line that is no object costs that line and no other."""

    columns_with_types: frozenset[str] = frozenset()

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        """Look through all lines for their names; raises `ImportRejectedError` for too many."""
        self._path = path
        self.name = path.name
        self._size = max(1, path.stat().st_size)
        self._file: BinaryIO | None = None
        self._stream = TextStream(path, encoding)
        self._decode = msgspec.json.Decoder(dict[str, object]).decode
        names: dict[str, None] = {}
        for _, record in self._records():
            if not isinstance(record, BrokenRow):
                names.update(dict.fromkeys(record))
            if len(names) > MOST_COLUMNS:
                raise ImportRejectedError(f"{self.name} has more than {MOST_COLUMNS:,} names.")
        if not names:
            raise ImportRejectedError(f"{self.name} has no line that is a JSON object.")
        self.columns = tuple(names)

    def verify(self, _columns: Sequence[str]) -> None:
        """Do nothing: what is damaged shows in the rows."""

    def problem(self) -> None:
        """Return nothing: JSON is UTF-8, or says that it is not."""

    @property
    def fraction(self) -> float:
        return 1.0 if self._file is None else min(1.0, self._file.tell() / self._size)

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[TableRow | BrokenRow]:
        """Yield the rows by line number, and what is not a row with its reason."""
        wanted = self.columns if columns is None else tuple(columns)
        for number, record in self._records():
            if isinstance(record, BrokenRow):
                yield record
            else:
                yield TableRow(number, tuple(map(record.get, wanted)))

    def _records(self) -> Iterator[tuple[int, Record | BrokenRow]]:
        with self._path.open("rb") as file:
            self._file = file
            stream = self._stream.open(file)
            number = passed = 0
            try:
                while line := stream.readline(MAX_LINE_BYTES):
                    number += 1
                    passed += len(line)
                    self._stream.check(passed)
                    if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
                        raise ImportRejectedError(
                            f"{self.name}: line {number} has more than {MAX_LINE_BYTES:,} bytes."
                            " JSON lines has one object a line; nothing was imported."
                        )
                    if line.strip(b"\xef\xbb\xbf \t\r\n"):
                        yield number, self._record(number, line)
            except DAMAGED:
                yield number + 1, BrokenRow(number + 1, DAMAGED_FILE, "it ends or breaks here", "")
            self._file = None

    def _record(self, number: int, line: bytes) -> Record | BrokenRow:
        try:
            return _flat(self._decode(line.removeprefix(b"\xef\xbb\xbf")))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            shown = line[:_SHOWN].decode(errors="backslashreplace").rstrip()
            return BrokenRow(number, "not a JSON object", str(error), shown)


def _flat(record: Record) -> Record:
    """Return the plain values and the lists of such by name; nothing else can be used."""
    nested = record.get(_NESTED)
    flat = {name: value for name, value in record.items() if _is_plain(value)}
    if isinstance(nested, dict):
        flat |= {f"{_NESTED}.{name}": value for name, value in nested.items() if _is_plain(value)}
    return flat


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return not any(isinstance(part, list | dict) for part in value)
    return not isinstance(value, dict)
