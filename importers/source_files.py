"""Finding the files of a data set and telling which data set they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from importers.datasets import FORMATS, DatasetFormat
from importers.tables.csv_table import CsvTable
from importers.tables.parquet_table import ParquetTable
from importers.tables.table import Table
from personalization.domain.errors import ImportRejectedError

PATTERNS = ("*.csv", "*.csv.gz", "*.parquet")


@dataclass(frozen=True, slots=True)
class Source:
    """Files of one format, in the order of their names."""

    format: DatasetFormat
    tables: Sequence[Table]
    path: Path
    """The first file: what a loader needs beside it is looked for there."""


def find_source(source: Path, wanted: str | None) -> Source:
    """Return the files to import; `ImportRejectedError` says what was found instead."""
    if wanted is not None and wanted not in {dataset_format.name for dataset_format in FORMATS}:
        raise ImportRejectedError(f"There is no format {wanted!r}. {known_formats()}")
    if not source.exists():
        raise ImportRejectedError(f"{source} does not exist.")
    tables = _tables(source)
    found: dict[str, list[Path]] = {}
    for path, table in tables.items():
        for dataset_format in FORMATS:
            if dataset_format.matches(table.columns) and wanted in (None, dataset_format.name):
                found.setdefault(dataset_format.name, []).append(path)
                break
    if len(found) != 1:
        raise ImportRejectedError(_unclear(source, tables, found))
    (name, paths), *_ = found.items()
    chosen = next(dataset_format for dataset_format in FORMATS if dataset_format.name == name)
    return Source(chosen, [tables[path] for path in paths], paths[0])


def known_formats() -> str:
    """Return a sentence per format, with the columns it is recognized by."""
    lines = (
        f"  {dataset_format.name}: {dataset_format.title}; columns "
        f"{', '.join(names[0] for names in dataset_format.required)}"
        for dataset_format in FORMATS
    )
    return "Known formats (CSV, CSV.gz or parquet):\n" + "\n".join(lines)


def _tables(source: Path) -> dict[Path, Table]:
    if source.is_file():
        return {source: _table(source)}
    paths = sorted({path for pattern in PATTERNS for path in source.glob(pattern)})
    return {path: _table(path) for path in paths}


def _table(path: Path) -> Table:
    return ParquetTable(path) if path.suffix == ".parquet" else CsvTable(path)


def _unclear(source: Path, tables: dict[Path, Table], found: dict[str, list[Path]]) -> str:
    if found:
        listed = "; ".join(
            f"{name} ({', '.join(path.name for path in paths)})" for name, paths in found.items()
        )
        return f"{source} holds several data sets: {listed}. Name one of the files, or --format."
    if not tables:
        return f"{source} holds no CSV, CSV.gz or parquet file. {known_formats()}"
    seen = "\n".join(
        f"  {path.name}: columns {', '.join(table.columns)}" for path, table in tables.items()
    )
    return f"No known data set in {source}. Found:\n{seen}\n{known_formats()}"
