"""Finding the files of a data set and telling which data set they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from importers.datasets import FORMATS, DatasetFormat
from importers.readings.options import FormatOptions
from importers.tables.opening import OTHER_DATA, is_table, open_tables
from importers.tables.renamed_table import RenamedTable
from importers.tables.table import Table, column_key
from personalization.domain.errors import ImportRejectedError

_SHOWN = 20
"""Files that a message lists."""


@dataclass(frozen=True, slots=True)
class Source:
    """Files of one format, in the order of their names."""

    format: DatasetFormat
    tables: Sequence[Table]
    path: Path
    """The first file: what a loader needs beside it is looked for there."""
    unread: Sequence[str] = ()
    """What else the folder holds."""


def find_source(source: Path, wanted: str | None, options: FormatOptions) -> Source:
    """Return the files to import; `ImportRejectedError` says what was found instead."""
    if wanted is not None and wanted not in {dataset_format.name for dataset_format in FORMATS}:
        raise ImportRejectedError(f"There is no format {wanted!r}. {known_formats()}")
    if not source.exists():
        raise ImportRejectedError(f"{source} does not exist.")
    tables, unread = _open(source, options)
    found: dict[str, list[tuple[Path, Table]]] = {}
    for path, table in tables:
        for dataset_format in FORMATS:
            if dataset_format.matches(table.columns) and wanted in (None, dataset_format.name):
                found.setdefault(dataset_format.name, []).append((path, table))
                break
        else:
            unread.append(table.name)
    if len(found) != 1:
        raise ImportRejectedError(_unclear(source, [table for _, table in tables], found))
    (name, files), *_ = found.items()
    chosen = next(dataset_format for dataset_format in FORMATS if dataset_format.name == name)
    return Source(chosen, [table for _, table in files], files[0][0], unread)


def refuse_doubtful_columns(table: Table, wanted: Sequence[Sequence[str]]) -> None:
    """Refuse a file in which two columns could be the wanted one."""
    keys = [column_key(name) for name in table.columns]
    for names in wanted:
        for key in map(column_key, names):
            if keys.count(key) > 1:
                spelled = [name for name in table.columns if column_key(name) == key]
                raise ImportRejectedError(
                    f"{table.name} has several columns {names[0]}"
                    f" ({', '.join(map(repr, spelled))}): rename all but one."
                )


def known_formats() -> str:
    """Return a sentence per format, with the columns it is recognized by."""
    lines = (
        f"  {dataset_format.name}: {dataset_format.title}; columns "
        f"{', '.join(names[0] for names in dataset_format.required)}"
        for dataset_format in FORMATS
    )
    return "Known formats (CSV, TSV, JSON lines, .gz of them, .xlsx or parquet):\n" + "\n".join(
        lines
    )


def _open(source: Path, options: FormatOptions) -> tuple[list[tuple[Path, Table]], list[str]]:
    """Return the tables with their files, and the names of what is no table."""
    tables: list[tuple[Path, Table]] = []
    unread: list[str] = []
    for path in _files(source) if source.is_dir() else [source]:
        if path != source and path.suffix.casefold() in OTHER_DATA:
            raise ImportRejectedError(
                f"{path.name} cannot be read: {OTHER_DATA[path.suffix.casefold()]}, or move it"
                " out of the folder."
            )
        if path != source and (path.is_dir() or not is_table(path)):
            unread.append(path.name)
            continue
        try:
            tables += [(path, table) for table in _tables(path, options)]
        except ImportRejectedError:
            # A text beside the tables may be a description of them.
            if path == source or path.suffix.casefold() != ".txt":
                raise
            unread.append(path.name)
    return tables, unread


def _tables(path: Path, options: FormatOptions) -> Sequence[Table]:
    tables = open_tables(path, options.encoding, options.delimiter, headless=options.headless)
    return [RenamedTable(table, options.columns) for table in tables] if options.columns else tables


def _files(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except PermissionError as error:
        raise ImportRejectedError(f"{folder} may not be read: permission denied.") from error


def _unclear(
    source: Path, tables: Sequence[Table], found: dict[str, list[tuple[Path, Table]]]
) -> str:
    if found:
        listed = "; ".join(
            f"{name} ({', '.join(table.name for _, table in files)})"
            for name, files in found.items()
        )
        return f"{source} holds several data sets: {listed}. Name one of the files, or --format."
    if not tables:
        return (
            f"{source} holds no CSV, TSV, JSON lines, .gz, .xlsx or parquet file. {known_formats()}"
        )
    seen = "\n".join(
        f"  {table.name}: columns {', '.join(table.columns)[:500]}" for table in tables[:_SHOWN]
    )
    return (
        f"No known data set in {source}. Found:\n{seen}\n{_nearest(tables[0].columns)}A column with"
        f" another name is mapped, such as --map id=SKU.\n{known_formats()}"
    )


def _nearest(columns: Sequence[str]) -> str:
    """Return a sentence on the format of which the fewest columns are missing, if any is near."""
    lacking = {known.name: known.lacking(columns) for known in FORMATS}
    near = [known for known in FORMATS if len(lacking[known.name]) < len(known.required)]
    if not near:
        return ""
    nearest = min(near, key=lambda known: len(lacking[known.name])).name
    return f"Nearest is {nearest}, which still needs {', '.join(lacking[nearest])}. "
