"""Opens a file as the tables that it holds, told by its first bytes."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from importers.tables.csv_table import CsvTable
from importers.tables.feed_xml_table import FeedXmlTable
from importers.tables.json_lines_table import JsonLinesTable
from importers.tables.parquet_table import ParquetTable
from importers.tables.table import Table
from importers.tables.text_stream import DAMAGED, TextStream
from importers.tables.xlsx_table import sheets_of
from personalization.domain.errors import ImportRejectedError

TEXT: Final = frozenset({".csv", ".tsv", ".tab", ".txt", ".jsonl", ".ndjson", ".xml"})
TABLES: Final = TEXT | {".parquet", ".xlsx", ".xlsm"}
OTHER_DATA: Final = {
    ".zip": "unpack it", ".bz2": "unpack it", ".xz": "unpack it", ".zst": "unpack it",
    ".7z": "unpack it", ".rar": "unpack it", ".xls": "save it as .xlsx or CSV",
    ".xlsb": "save it as .xlsx or CSV", ".ods": "save it as .xlsx or CSV",
    ".json": "save it as JSON lines, an object a line",
    ".feather": "save it as parquet", ".orc": "save it as parquet", ".avro": "save it as parquet",
}  # fmt: skip
"""Data that is not read -> what to do. Passing over it in a folder would lose it silently."""
_PARQUET, _ZIP = b"PAR1", b"PK\x03\x04"
_STARTS: Final = {
    b"\xd0\xcf\x11\xe0": ".xls", b"BZh": ".bz2", b"\xfd7zXZ": ".xz", b"(\xb5/\xfd": ".zst",
    b"7z\xbc\xaf": ".7z", b"Rar!": ".rar",
}  # fmt: skip


def open_tables(
    path: Path, encoding: str | None, delimiter: str | None, *, headless: bool = False
) -> Sequence[Table]:
    """Return the tables of a file; `ImportRejectedError` says why it has none."""
    if not path.is_file():
        raise ImportRejectedError(f"{path.name} is no file that can be read.")
    try:
        with path.open("rb") as file:
            start = file.read(8)
        if start.startswith(_PARQUET) or path.suffix.casefold() == ".parquet":
            return [ParquetTable(path)]
        if start.startswith(_ZIP):
            return _sheets(path)
        for magic, suffix in _STARTS.items():
            if start.startswith(magic):
                raise ImportRejectedError(f"{path.name} cannot be read: {OTHER_DATA[suffix]}.")
        return [_text_table(path, encoding, delimiter, headless=headless)]
    except PermissionError as error:
        raise ImportRejectedError(f"{path} may not be read: permission denied.") from error


def _text_table(
    path: Path, encoding: str | None, delimiter: str | None, *, headless: bool
) -> Table:
    """Return the table of a text, whatever its name is."""
    with path.open("rb") as file:
        start = TextStream(path, encoding).open(file)
        try:
            first = start.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        except DAMAGED:
            first = b""
    if first == b"{":
        return JsonLinesTable(path, encoding)
    if first == b"<":
        return FeedXmlTable(path)
    if first == b"[":
        raise ImportRejectedError(
            f"{path.name} is one JSON array: save it as JSON lines, an object a line."
        )
    return CsvTable(path, encoding, delimiter, headless=headless)


def is_table(path: Path) -> bool:
    """Whether a file of a folder is read, by its name."""
    suffixes = [suffix.casefold() for suffix in path.suffixes]
    if suffixes[-1:] == [".gz"]:
        return suffixes[-2:-1] == [] or suffixes[-2] in TEXT
    return suffixes[-1:] != [] and suffixes[-1] in TABLES


def _sheets(path: Path) -> Sequence[Table]:
    try:
        with zipfile.ZipFile(path) as archive:
            is_workbook = any(name.startswith("xl/") for name in archive.namelist())
    except zipfile.BadZipFile as error:
        raise ImportRejectedError(f"{path.name} is damaged: {error}") from error
    if not is_workbook:
        raise ImportRejectedError(f"{path.name} is an archive: unpack it.")
    return sheets_of(path)
