"""A warehouse as the first step of a night leaves it, filled from the generator without an import.

The night's Spark steps over many millions of events can be measured so without the hours that
stores of as many would take.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from importers.generated.large.large_shop import MOST_EVENTS_A_PART, LargeShop, Shelf
from importers.generated.large.listings import listings
from importers.generated.large.visits import DayPart, visits
from nightly.snapshots.day_columns import HISTORY_SCHEMA
from nightly.snapshots.snapshot import (
    CATEGORIES_SCHEMA,
    DAY_FILE,
    GROUPS_SCHEMA,
    PRODUCT_CATEGORIES_SCHEMA,
    PRODUCTS_SCHEMA,
)
from personalization.priors import warehouse as names
from personalization.priors.warehouse import (
    REQUEST,
    SNAPSHOT,
    HistorySnapshot,
    NightlyRequest,
)

_TYPES = {
    "product_view": ("product_view", 1_000),
    "category_view": ("category_view", 500),
    "add_to_cart": ("add_to_cart", 3_000),
    "remove_from_cart": ("remove_from_cart", -3_000),
    "purchase": ("checkout", 5_000),
}
"""Kind in the generated log -> type and reward (thousandths) of the event."""
_LISTED = {
    names.PRODUCT_ID: "asin",
    names.CATEGORY_ID: "category_id",
    names.STARS: "stars",
    names.RATING_COUNT: "reviews",
    names.BOUGHT_LAST_MONTH: "boughtInLastMonth",
    names.TITLE: "title",
    names.PRICE: "price",
}


def make_warehouse(shop: LargeShop, warehouse: Path, period_days: int) -> Path:
    """Write catalogue, history, snapshot and request; return the request's file."""
    shelf = Shelf.fill(shop)
    warehouse.mkdir(parents=True)
    _write_catalogue(shop, shelf, warehouse)
    fingerprints = dict(_write_days(shop, shelf, warehouse))
    snapshot = HistorySnapshot(
        run_date=shop.last_day,
        fingerprints=fingerprints,
        history_from=min(fingerprints),
        history_until=shop.last_day,
    )
    (warehouse / names.SNAPSHOT_FILE).write_bytes(SNAPSHOT.encode(snapshot))
    request = NightlyRequest(
        warehouse=str(warehouse.resolve()),
        run_date=None,
        until=shop.last_day,
        today=shop.last_day,
        period_days=period_days,
        catalogue_fingerprint=f"{shop}",
        events=shop.events,
    )
    request_file = warehouse / names.REQUEST_FILE
    request_file.write_bytes(REQUEST.encode(request))
    return request_file


def _write_catalogue(shop: LargeShop, shelf: Shelf, warehouse: Path) -> None:
    parts = [_fit(_products(batch), PRODUCTS_SCHEMA) for batch in listings(shop, shelf)]
    products = pa.Table.from_batches(parts, schema=PRODUCTS_SCHEMA)
    categories = pc.unique(products[names.CATEGORY_ID])
    tables = {
        names.PRODUCTS_FILE: products,
        names.PRODUCT_CATEGORIES_FILE: products.select(PRODUCT_CATEGORIES_SCHEMA.names),
        names.CATEGORIES_FILE: pa.table([categories], schema=CATEGORIES_SCHEMA),
        names.GROUPS_FILE: GROUPS_SCHEMA.empty_table(),
    }
    for name, table in tables.items():
        pq.write_table(table, warehouse / name)


def _products(batch: pa.RecordBatch) -> dict[str, Any]:
    return {name: batch.column(listed) for name, listed in _LISTED.items()}


def _write_days(shop: LargeShop, shelf: Shelf, warehouse: Path) -> Iterator[tuple[date, str]]:
    """Yield each day with what stands for its fingerprint: here a number of events and the day."""
    for day, count in shop.events_by_day():
        folder = warehouse / names.HISTORY_FOLDER / f"{names.DAY}={day}"
        folder.mkdir(parents=True)
        rows = 0
        with pq.ParquetWriter(folder / DAY_FILE, HISTORY_SCHEMA) as writer:
            for number, first in enumerate(range(0, count, MOST_EVENTS_A_PART)):
                part = DayPart(day, number, min(MOST_EVENTS_A_PART, count - first))
                log = visits(shop, shelf, part)
                writer.write_batch(_fit(_events(log, f"{day}-{number}-"), HISTORY_SCHEMA))
                rows += len(log)
        yield day, f"{rows}-1-{day.toordinal()}"


def _events(log: pa.RecordBatch, prefix: str) -> dict[str, Any]:
    kinds, product = log.column("event_type"), log.column("product_id")
    numbers = pc.cast(pa.array(np.arange(len(log))), pa.string())
    places = pc.index_in(kinds, value_set=pa.array(list(_TYPES)))
    types, rewards = zip(*_TYPES.values(), strict=True)
    is_there = pc.is_valid(product)
    return {
        names.EVENT_ID: pc.binary_join_element_wise(prefix, numbers, ""),
        names.SESSION_ID: log.column("session_id"),
        names.USER_ID: log.column("user_id"),
        names.TYPE: pa.array(types).take(places),
        names.OCCURRED_AT: log.column("timestamp"),
        names.PRODUCT_IDS: _lists_of(product, is_there),
        names.CATEGORY_ID: pc.if_else(is_there, None, log.column("category_id")),
        names.REGION: pc.utf8_lower(log.column("country")),
        names.REWARD: pa.array(rewards).take(places),
        names.VARIANT_IDS: _lists_of(product, pa.array(np.zeros(len(log), dtype=bool))),
    }


def _lists_of(values: Any, is_there: Any) -> Any:  # noqa: ANN401 - arrays
    """Return lists of the value of each row, or of nothing."""
    ends = np.cumsum(is_there.to_numpy(zero_copy_only=False), dtype=np.int32)
    offsets = pa.array(np.concatenate([np.zeros(1, dtype=np.int32), ends]))
    return pa.ListArray.from_arrays(offsets, values.filter(is_there))


def _fit(columns: dict[str, Any], schema: pa.Schema) -> pa.RecordBatch:
    """Return the columns in the schema's order and types, nulls where there are none."""
    count = len(next(iter(columns.values())))
    arrays = [
        pc.cast(columns[field.name], field.type)
        if field.name in columns
        else pa.nulls(count, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
