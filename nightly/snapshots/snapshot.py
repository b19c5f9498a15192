"""The snapshot of history and catalogue that Spark reads."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from sys import intern
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from nightly.snapshots.day_fingerprint import DayFingerprint
from nightly.snapshots.parquet_file import write_changes
from personalization.codec.event_columns import consent_text
from personalization.domain.event import Event
from personalization.domain.product import Product
from personalization.domain.reward import reward
from personalization.ports.catalogue import Catalogue
from personalization.ports.event_history import EventHistory
from personalization.priors import warehouse as names

HISTORY_SCHEMA = pa.schema(
    [
        (names.EVENT_ID, pa.string()),
        (names.SESSION_ID, pa.string()),
        (names.USER_ID, pa.string()),
        (names.TYPE, pa.string()),
        (names.OCCURRED_AT, pa.timestamp("us", tz="UTC")),
        (names.PRODUCT_IDS, pa.list_(pa.string())),
        (names.CATEGORY_ID, pa.string()),
        (names.REGION, pa.string()),
        (names.STARS, pa.float64()),
        (names.REWARD, pa.int64()),
        (names.CONSENT, pa.string()),
        (names.VARIANT_IDS, pa.list_(pa.string())),
    ]
)
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

    A day whose events are the same is not rewritten; a folder whose day has no events any more
    is removed. Days of the history that are not asked for are left as they are.
    """
    folder = warehouse / names.HISTORY_FOLDER
    _remove_foreign(folder, set(history.days()))
    exported = {}
    for day in days:
        columns = (_event_columns(events, parents) for events in history.read_day(day))
        exported[day] = _export_day(columns, folder / _day_folder(day))
    return exported


def _export_day(chunks: Iterable[dict[str, list[Any]]], folder: Path) -> str:
    fingerprint = DayFingerprint()
    batches = []
    for columns in chunks:
        told = [values for name, values in columns.items() if name != names.VARIANT_IDS]
        fingerprint.add(zip(*told, strict=True))
        batches.append(pa.RecordBatch.from_pydict(columns, schema=HISTORY_SCHEMA))
    write_changes(folder / DAY_FILE, pa.Table.from_batches(batches, schema=HISTORY_SCHEMA))
    return fingerprint.text()


def _day_folder(day: date) -> str:
    return f"{names.DAY}={day.isoformat()}"


def _remove_foreign(folder: Path, days: set[date]) -> None:
    """Remove days that are empty now, and files that Spark wrote where the history moved here."""
    wanted = {_day_folder(day) for day in days}
    for found in folder.glob(f"{names.DAY}=*"):
        if found.name not in wanted:
            shutil.rmtree(found)
    for file in folder.glob(f"{names.DAY}=*/*"):
        if file.name != DAY_FILE:
            file.unlink()


def _event_columns(events: Sequence[Event], parents: Mapping[str, str]) -> dict[str, list[Any]]:
    """Return the export's columns, in the order of its schema."""
    return {
        names.EVENT_ID: [event.event_id for event in events],
        names.SESSION_ID: [event.session_id for event in events],
        names.USER_ID: [event.user_id for event in events],
        names.TYPE: [event.type.value for event in events],
        names.OCCURRED_AT: [event.occurred_at for event in events],
        names.PRODUCT_IDS: [
            tuple([parents.get(product, product) for product in event.product_ids])
            for event in events
        ],
        names.CATEGORY_ID: [event.category_id for event in events],
        names.REGION: [event.region for event in events],
        names.STARS: [event.rating for event in events],
        names.REWARD: [round(reward(event) * names.REWARD_UNIT) for event in events],
        names.CONSENT: [consent_text(event.consent) for event in events],
        names.VARIANT_IDS: [event.variant_ids for event in events],
    }


def snapshot_catalogue(catalogue: Catalogue, warehouse: Path, today: date) -> list[str]:
    """Export products on sale today, every variant's parent, and every category.

    A category is one that exists or is named by a product.
    """
    batches, groups = [], []
    for products in catalogue.all_products():
        batches.append(_product_batch([item for item in products if _is_on_sale(item, today)]))
        groups.append(_group_batch([item for item in products if item.group_id is not None]))
    products_table = pa.Table.from_batches(batches, schema=PRODUCTS_SCHEMA)
    variants = pa.Table.from_batches(groups, schema=GROUPS_SCHEMA)
    known = {category.category_id for category in catalogue.all_categories()}
    known.update(products_table.column(names.CATEGORY_ID).unique().to_pylist())
    categories = pa.table({names.CATEGORY_ID: sorted(known)}, schema=CATEGORIES_SCHEMA)
    grouped = write_changes(warehouse / names.GROUPS_FILE, variants)
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
