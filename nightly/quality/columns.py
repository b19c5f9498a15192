"""The files of a night against their schemas, by their last bytes alone: no row is read."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from nightly.generations.generation_tables import COLUMNS
from nightly.snapshots.day_columns import HISTORY_SCHEMA
from nightly.snapshots.snapshot import (
    CATEGORIES_SCHEMA,
    GROUPS_SCHEMA,
    PRODUCTS_SCHEMA,
)
from personalization.domain.quality.gate import GateName
from personalization.priors import warehouse as names
from personalization.priors.gates.verdict import Reading

_CATALOGUE = {
    names.PRODUCTS_FILE: PRODUCTS_SCHEMA,
    names.CATEGORIES_FILE: CATEGORIES_SCHEMA,
    names.GROUPS_FILE: GROUPS_SCHEMA,
}
FAULTS_SHOWN = 5


def input_columns(warehouse: Path) -> Reading:
    """Return the faults of what Spark is about to read: the history's days and the catalogue."""
    days = sorted((warehouse / names.HISTORY_FOLDER).glob(f"{names.DAY}=*/*.parquet"))
    files = [(file, HISTORY_SCHEMA) for file in days]
    files += [(warehouse / name, schema) for name, schema in _CATALOGUE.items()]
    return _reading("input", warehouse, files)


def output_columns(building: Path) -> Reading:
    """Return the faults of what Spark has written."""
    tables = sorted((building / names.TABLES_FOLDER).glob(f"{names.TABLE}=*/*.parquet"))
    return _reading("output", building, [(file, COLUMNS) for file in tables])


def _reading(place: str, root: Path, files: Iterable[tuple[Path, pa.Schema]]) -> Reading:
    checked = list(files)
    faults = [
        f"{file.relative_to(root)}: {fault}"
        for file, schema in checked
        for fault in _faults(file, schema)
    ]
    more = f", and {len(faults) - FAULTS_SHOWN:,} more" if len(faults) > FAULTS_SHOWN else ""
    return Reading(
        gate=GateName.COLUMNS,
        place=place,
        value=len(faults),
        base=len(checked),
        note="; ".join(faults[:FAULTS_SHOWN]) + more,
    )


def _faults(file: Path, schema: pa.Schema) -> Iterator[str]:
    try:
        found = pq.read_schema(file)
    except FileNotFoundError:
        yield "it is missing"
        return
    except (pa.ArrowInvalid, OSError) as error:
        yield f"it cannot be read ({error})"
        return
    for field in schema:
        place = found.get_field_index(field.name)
        if place < 0:
            yield f"column {field.name} is missing"
        elif _kind(found.field(place).type) != _kind(field.type):
            yield f"column {field.name} is {found.field(place).type} instead of {field.type}"


def _kind(column: pa.DataType) -> str:
    """Return the type as far as readers mind: Spark has units of time and names of its own."""
    if pa.types.is_list(column):
        return f"list of {_kind(column.value_type)}"
    if pa.types.is_timestamp(column):
        return "moment"
    if pa.types.is_integer(column):
        return "integer"
    return str(column)
