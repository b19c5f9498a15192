"""A large made-up shop as the files of a data set: `products`, and `events` day by day."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from importers.generated.large import listings, visits
from importers.generated.large.large_shop import MOST_EVENTS_A_PART, LargeShop, Shelf
from importers.generated.large.visits import DayPart
from importers.progress import Progress

FileKind = Literal["parquet", "csv"]
PRODUCTS_FOLDER, EVENTS_FOLDER = "products", "events"
_CATEGORIES_FILE = "amazon_categories.csv"


def write_shop(
    shop: LargeShop, folder: Path, kind: FileKind, since: date | None, progress: Progress
) -> int:
    """Write the files and return the number of events; a file appears whole, by its name.

    With `since` only the days from there on are written: they are the same as with the others.
    """
    shelf = Shelf.fill(shop)
    if since is None:
        _write_products(shop, shelf, folder / PRODUCTS_FOLDER, kind, progress)
    days = [(day, count) for day, count in shop.events_by_day() if since is None or day >= since]
    progress.stage("Generating events")
    events = 0
    for place, (day, count) in enumerate(days, 1):
        path = folder / EVENTS_FOLDER / f"{day.isoformat()}.{kind}"
        batches = (visits.visits(shop, shelf, part) for part in _parts(day, count))
        _write(path, visits.SCHEMA, batches)
        events += count
        progress.advance(events, place / len(days))
    return events


def _write_products(
    shop: LargeShop, shelf: Shelf, folder: Path, kind: FileKind, progress: Progress
) -> None:
    progress.stage("Generating products")
    _write(folder / f"amazon_products.{kind}", listings.SCHEMA, listings.listings(shop, shelf))
    names = listings.category_names()
    columns = {"id": pa.array(range(1, len(names) + 1)), "category_name": pa.array(names)}
    batch = pa.RecordBatch.from_pydict(columns)
    _write(folder / _CATEGORIES_FILE, batch.schema, [batch])
    progress.advance(shop.products, 1.0)


def _parts(day: date, count: int) -> Iterator[DayPart]:
    for number, done in enumerate(range(0, count, MOST_EVENTS_A_PART)):
        yield DayPart(day, number, min(MOST_EVENTS_A_PART, count - done))


def _write(path: Path, schema: Any, batches: Iterable[Any]) -> None:  # noqa: ANN401 - of pyarrow
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with _open(part, path.suffix, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    part.replace(path)


def _open(path: Path, suffix: str, schema: Any) -> AbstractContextManager[Any]:  # noqa: ANN401
    if suffix == ".csv":
        return _csv_writer(path, schema)
    writer: AbstractContextManager[Any] = pq.ParquetWriter(path, schema, compression="zstd")
    return writer


@contextmanager
def _csv_writer(path: Path, schema: Any) -> Iterator[Any]:  # noqa: ANN401 - of pyarrow
    with pyarrow.csv.CSVWriter(path, schema) as writer:
        yield writer
