"""The snapshot of history and catalogue that Spark reads."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from sys import intern
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from nightly.snapshots.day_columns import HISTORY_SCHEMA, day_batch
from nightly.snapshots.day_fingerprint import DayFingerprint
from nightly.snapshots.day_note import (
    NOTE_FILE,
    DayNote,
    hash_of_parents,
    remember,
    remembered_fingerprint,
    sources_of,
)
from nightly.snapshots.parquet_file import write_changed_batches, write_changes
from personalization.domain.product import Product
from personalization.ports.catalogue import Catalogue
from personalization.ports.event_history import EventHistory
from personalization.priors import warehouse as names

PRODUCTS_SCHEMA = pa.schema(
    [
        (names.PRODUCT_ID, pa.string()),
        (names.CATEGORY_ID, pa.string()),
        (names.STARS, pa.float64()),
        (names.RATING_COUNT, pa.int64()),
        (names.BOUGHT_LAST_MONTH, pa.int64()),
        (names.LISTED_ON, pa.date32()),
        (names.TITLE, pa.string()),
        (names.COLOUR, pa.string()),
        (names.PRICE, pa.float64()),
        (names.BRAND, pa.string()),
        (names.SIZE, pa.string()),
    ]
)
GROUPS_SCHEMA = pa.schema(
    [
        (names.PRODUCT_ID, pa.string()),
        (names.GROUP_ID, pa.string()),
        (names.SIZE, pa.string()),
    ]
)
CATEGORIES_SCHEMA = pa.schema([(names.CATEGORY_ID, pa.string())])
PRODUCT_CATEGORIES_SCHEMA = pa.schema(
    [(names.PRODUCT_ID, pa.string()), (names.CATEGORY_ID, pa.string())]
)


DAY_FILE = "events.parquet"
_DAY = timedelta(days=1)
_NO_PARENTS: Mapping[str, str] = {}


def snapshot_history(
    history: EventHistory,
    warehouse: Path,
    days: Sequence[date],
    parents: Mapping[str, str] = _NO_PARENTS,
) -> dict[date, str]:
    """Export the days, one folder each, and return the fingerprint of each.

    Events of products that have become variants since are those of their parents.

    A day that is as it was is not even read, where the history can tell it without; one whose
    events are the same after all is not rewritten. A folder whose day has no events any more
    is removed. Days of the history that are not asked for are left as they are.
    """
    folder = warehouse / names.HISTORY_FOLDER
    _remove_foreign(folder, set(history.days()))
    # Before the days are read: what comes meanwhile makes another version.
    versions = history.day_versions()
    parents_hash = hash_of_parents(parents)
    exported = {}
    for day in days:
        file = folder / _day_folder(day) / DAY_FILE
        made_of = sources_of(versions.get(day), parents_hash)
        remembered = remembered_fingerprint(file, made_of)
        exported[day] = remembered or _export_day(history, day, parents, (file, made_of))
    return exported


def _export_day(
    history: EventHistory, day: date, parents: Mapping[str, str], target: tuple[Path, str]
) -> str:
    """Write the file of a day with its note, and return the fingerprint of its events."""
    file, made_of = target
    fingerprint = DayFingerprint()

    def batches() -> Iterator[Any]:
        for columns in history.read_day_columns(day):
            batch = day_batch(columns, parents)
            fingerprint.add(batch)
            yield batch

    written = write_changed_batches(file, HISTORY_SCHEMA, batches())
    text = fingerprint.text()
    remember(file, DayNote(made_of=made_of, fingerprint=text, file=written))
    return text


def _day_folder(day: date) -> str:
    return f"{names.DAY}={day.isoformat()}"


def _remove_foreign(folder: Path, days: set[date]) -> None:
    """Remove days that are empty now, and files that Spark wrote where the history moved here."""
    wanted = {_day_folder(day) for day in days}
    for found in folder.glob(f"{names.DAY}=*"):
        if found.name not in wanted:
            shutil.rmtree(found)
    for file in folder.glob(f"{names.DAY}=*/*"):
        if file.name not in (DAY_FILE, NOTE_FILE):
            file.unlink()


def snapshot_catalogue(catalogue: Catalogue, warehouse: Path, today: date) -> list[str]:
    """Export products on sale today, every variant's parent, and every category.

    A category is one that exists or is named by a product.
    """
    batches, groups, ever = [], [], []
    for products in catalogue.all_products():
        batches.append(_product_batch([item for item in products if _is_on_sale(item, today)]))
        groups.append(_group_batch([item for item in products if item.group_id is not None]))
        ever.append(_category_batch([item for item in products if item.group_id is None]))
    products_table = pa.Table.from_batches(batches, schema=PRODUCTS_SCHEMA)
    variants = pa.Table.from_batches(groups, schema=GROUPS_SCHEMA)
    known = {category.category_id for category in catalogue.all_categories()}
    known.update(products_table.column(names.CATEGORY_ID).unique().to_pylist())
    categories = pa.table({names.CATEGORY_ID: sorted(known)}, schema=CATEGORIES_SCHEMA)
    grouped = write_changes(warehouse / names.GROUPS_FILE, variants)
    # No part of the night's identity: it only says of past days what was there then.
    categories_ever = pa.Table.from_batches(ever, schema=PRODUCT_CATEGORIES_SCHEMA)
    write_changes(warehouse / names.PRODUCT_CATEGORIES_FILE, categories_ever)
    return [
        write_changes(warehouse / names.PRODUCTS_FILE, products_table),
        write_changes(warehouse / names.CATEGORIES_FILE, categories),
        # A shop without variants has the nights that it would have had before there were any.
        *([grouped] if variants.num_rows else []),
    ]


def read_parents(warehouse: Path) -> dict[str, str]:
    """Return the parent of every variant that was exported."""
    groups = pq.read_table(warehouse / names.GROUPS_FILE)
    columns = (names.PRODUCT_ID, names.GROUP_ID)
    variants, parents = (groups.column(name).to_pylist() for name in columns)
    return dict(zip(variants, map(intern, parents), strict=True))


def _is_on_sale(product: Product, day: date) -> bool:
    """Say whether visitors may be shown it at some time of a UTC day, somewhere."""
    begin = datetime.combine(day, time.min, UTC)
    return (
        product.group_id is None
        and product.retired_at is None
        and product.is_on_sale
        and (product.available_from is None or product.available_from < begin + _DAY)
        and (product.available_until is None or product.available_until > begin)
    )


def _group_batch(variants: Sequence[Product]) -> pa.RecordBatch:
    columns = {
        names.PRODUCT_ID: [product.product_id for product in variants],
        names.GROUP_ID: [product.group_id for product in variants],
        names.SIZE: [product.size for product in variants],
    }
    return pa.RecordBatch.from_pydict(columns, schema=GROUPS_SCHEMA)


def _category_batch(products: Sequence[Product]) -> pa.RecordBatch:
    columns = {
        names.PRODUCT_ID: [product.product_id for product in products],
        names.CATEGORY_ID: [product.category_id for product in products],
    }
    return pa.RecordBatch.from_pydict(columns, schema=PRODUCT_CATEGORIES_SCHEMA)


def _product_batch(products: Sequence[Product]) -> pa.RecordBatch:
    columns: dict[str, list[object]] = {
        names.PRODUCT_ID: [product.product_id for product in products],
        names.CATEGORY_ID: [product.category_id for product in products],
        names.STARS: [product.rating for product in products],
        names.RATING_COUNT: [product.rating_count for product in products],
        names.BOUGHT_LAST_MONTH: [product.bought_last_month for product in products],
        names.LISTED_ON: [product.listed_on for product in products],
        names.TITLE: [product.title for product in products],
        names.COLOUR: [product.colour for product in products],
        names.PRICE: [product.price for product in products],
        names.BRAND: [product.brand for product in products],
        names.SIZE: [product.size for product in products],
    }
    return pa.RecordBatch.from_pydict(columns, schema=PRODUCTS_SCHEMA)
