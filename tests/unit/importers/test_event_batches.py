"""Typed files of events are taken in batches, to the same end as row by row."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from importers.options import ImportStores
from importers.report import ImportReport
from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.domain.event import Event
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Product
from personalization.settings.storage import StorageSettings
from tests.builders.product import a_product
from tests.unit.importers.conftest import STAGE, Shop

START = datetime(2026, 3, 1, tzinfo=UTC)
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
SCHEMA = pa.schema(
    [
        ("session", pa.string()),
        ("time", pa.timestamp("ms", tz="UTC")),
        ("type", pa.string()),
        ("item", pa.dictionary(pa.int32(), pa.string())),
        ("user", pa.string()),
        ("qty", pa.int32()),
        ("price", pa.float64()),
        ("order", pa.string()),
        ("category", pa.int64()),
        ("country", pa.string()),
        ("currency", pa.string()),
    ]
)
ODD: dict[str, tuple[Any, ...]] = {
    "session": (UUID, UUID.upper(), "s-1", " s-1 ", "", None, "2.05301E+18", "visit", '="007"'),
    "type": ("view", "product_view", "Add to Cart", "purchase", "refund", "list_view", "x", None),
    "item": ("A1", "B0GN12345X", "ärmel", ' "q" ', "Mar-24", "small", "12", None, "x" * 129, "\\"),
    "user": (None, None, "ann", "", "NULL", "#REF!", "  bob"),
    "qty": (None, 1, -2, 10**6),
    "price": (None, 0.0, 19.99, -1.0, float("nan"), float("inf"), 1e16, 0.1 + 0.2),
    "order": (None, None, None, "o-1", "o-2"),
    "category": (None, 7, 12),
    "country": (None, "Germany", "us", "", "Atlantis"),
    "currency": (None, "eur", "USD", "gold"),
}


KNOWN = (
    a_product(product_id=ProductId("A1")),
    a_product(product_id=ProductId("small"), group_id=ProductId("A1"), size="S"),
)


def odd_row(draw: random.Random) -> dict[str, Any]:
    """Return a row of which most values are usual."""
    usual = {
        "session": f"visit{draw.randrange(300)}",
        "type": "product_view",
        "item": f"P{draw.randrange(40):05d}",
        "country": "pl",
    }
    odd = {
        name: draw.choice(values)
        for name, values in ODD.items()
        if name not in usual or draw.random() < 0.1
    }
    wrong = draw.choice((timedelta(0),) * 30 + (timedelta(days=-20_000), timedelta(days=40_000)))
    moment = START + timedelta(milliseconds=draw.choice((0, 1, 1000, 86_400_000 * 3)))
    moment += timedelta(seconds=draw.randrange(5)) + wrong
    return usual | odd | {"time": draw.choice((moment,) * 50 + (None,))}


@contextmanager
def open_shop(home: Path, products: Sequence[Product]) -> Iterator[Shop]:
    storage = StorageSettings(home=home, minimum_free_mib=0)
    catalogue = SqliteCatalogue(storage.catalogue_file, 0)
    history = SqliteEventHistory(storage.history_file, 0)
    catalogue.write_products(products)
    yield Shop(storage, ImportStores(catalogue, history, STAGE))
    catalogue.close()
    history.close()


def report_values(report: ImportReport) -> dict[str, Any]:
    kept = ("seconds", "source", "digest")
    return {name: getattr(report, name) for name in report.__dataclass_fields__ if name not in kept}


def users(shop: Shop) -> list[Any]:
    names = ("ann", "bob", "")
    return [shop.stores.history.sessions_of(name, 1000) for name in names]  # type: ignore[arg-type]


Outcome = tuple[dict[str, Any], list[Event], dict[ProductId, Any], list[Any], str]


def outcome(folder: Path, home: Path, products: Sequence[Product], limit: int | None) -> Outcome:
    """Import a folder twice and return all that came of it; a limit makes rows come singly."""
    with open_shop(home, products) as shop:
        report = report_values(shop.import_files(folder, limit=limit))
        rejected = (home / "import_rejected.jsonl").read_text()
        before = shop.events()
        shop.import_files(folder, limit=limit)
        assert shop.events() == before
        return report, before, shop.products(), users(shop), rejected


@pytest.mark.parametrize(("seed", "products"), [(1, ()), (2, KNOWN)])
def test_odd_rows_come_to_the_same_in_batches_and_one_by_one(
    seed: int, products: tuple[Product, ...], tmp_path: Path
) -> None:
    draw = random.Random(seed)
    rows = [odd_row(draw) for _ in range(2_500)]
    # Sent again at once, and so much later that it is forgotten that they were.
    rows += rows[:300] + [odd_row(draw) for _ in range(9_000 if seed == 1 else 10)] + rows[:300]
    folder = tmp_path / "files"
    folder.mkdir()
    half = len(rows) // 2
    for number, some in enumerate((rows[:half], rows[half:])):
        table = pa.Table.from_pylist(some, SCHEMA)
        pq.write_table(table, folder / f"{number}.parquet")
    in_batches = outcome(folder, tmp_path / "batches", products, None)
    singly = outcome(folder, tmp_path / "rows", products, 10**9)
    for batch_part, row_part in zip(in_batches, singly, strict=True):
        assert batch_part == row_part
    report, events, *_ = in_batches
    assert len(events) > 1_000
    assert len(report["rejected"]) > 5


@pytest.mark.parametrize(
    ("name", "kind"), [("time", pa.timestamp("ns")), ("item", pa.float64()), ("price", pa.string())]
)
def test_files_of_other_types_are_taken_row_by_row(name: str, kind: Any, tmp_path: Path) -> None:
    row = {"session": "s", "time": START, "type": "view", "item": "12", "price": 2.5}
    table = pa.Table.from_pylist([row]).append_column("more", pa.array([1]))
    place = table.schema.get_field_index(name)
    column = table.column(name)
    changed = column.cast(pa.timestamp("us")).cast(kind) if name == "time" else column.cast(kind)
    folder = tmp_path / "files"
    folder.mkdir()
    pq.write_table(table.set_column(place, name, changed), folder / "events.parquet")
    _, [event], *_ = outcome(folder, tmp_path / "home", (), None)
    assert (event.product_ids, event.occurred_at) == (("12",), START)
