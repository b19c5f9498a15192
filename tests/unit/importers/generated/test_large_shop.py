"""The large made-up shop: the same for a seed, day by day, and shaped as it says."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from importers.generated.large.large_shop import LargeShop, Shelf
from importers.generated.large.shop_files import FileKind, write_shop
from importers.options import ImportOptions
from importers.run import import_dataset
from personalization.domain.errors import ImportRejectedError
from personalization.domain.event import EventType
from tests.unit.importers.conftest import Shop
from tests.unit.importers.silent_progress import SilentProgress

LAST_DAY = date(2026, 3, 20)
SMALL = LargeShop(last_day=LAST_DAY, products=2_000, events=6_000, days=3, users=50)


def write(
    shop: LargeShop, folder: Path, since: date | None = None, kind: FileKind = "parquet"
) -> dict[str, bytes]:
    """Return the bytes of the files that were written, by name."""
    write_shop(shop, folder, kind, since, SilentProgress())
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def rows_of(folder: Path) -> Sequence[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(folder / "events").to_pylist()
    return rows


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    first, again = write(SMALL, tmp_path / "first"), write(SMALL, tmp_path / "again")
    assert first == again
    assert len(first) == 5
    other = LargeShop(last_day=LAST_DAY, products=2_000, events=6_000, days=3, users=50, seed=8)
    assert not set(first.values()) & set(write(other, tmp_path / "other").values()) - {
        first["products/amazon_categories.csv"]
    }


def test_the_last_days_are_the_same_alone(tmp_path: Path) -> None:
    whole = write(SMALL, tmp_path / "whole")
    alone = write(SMALL, tmp_path / "alone", since=LAST_DAY - timedelta(days=1))
    assert list(alone) == ["events/2026-03-19.parquet", "events/2026-03-20.parquet"]
    assert alone.items() <= whole.items()


def test_every_event_and_product_is_imported_and_no_row_refused(tmp_path: Path, shop: Shop) -> None:
    write(SMALL, tmp_path)
    options = ImportOptions(storage=shop.storage)
    products = import_dataset(tmp_path / "products", shop.stores, options, SilentProgress())
    events = import_dataset(tmp_path / "events", shop.stores, options, SilentProgress())
    assert (products.products, products.rows_rejected) == (2_000, 0)
    assert (events.events, events.rows_rejected, events.new_products) == (6_000, 0, 0)
    assert shop.stores.history.days() == {
        LAST_DAY - timedelta(days=back): 2_000 for back in (2, 1, 0)
    }
    kinds = Counter(event.type for event in shop.events())
    assert kinds[EventType.PRODUCT_VIEW] > 0.8 * 6_000
    assert min(kinds[kind] for kind in (EventType.ADD_TO_CART, EventType.CHECKOUT)) > 50
    assert {event.region for event in shop.events()} == {"us", "gb", "de", "fr", "pl", "au"}
    assert len({event.user_id for event in shop.events()}) == 51


def test_text_files_hold_the_same_as_parquet(tmp_path: Path) -> None:
    write(SMALL, tmp_path / "typed")
    write(SMALL, tmp_path / "text", kind="csv")
    text = csv.read_csv(tmp_path / "text" / "events" / "2026-03-20.csv")
    typed = pq.read_table(tmp_path / "typed" / "events" / "2026-03-20.parquet")
    for name in ("session_id", "event_type", "price"):
        assert text.column(name).to_pylist() == typed.column(name).to_pylist()


def test_visits_stay_among_neighbours_and_few_products_have_most_views(tmp_path: Path) -> None:
    shop = LargeShop(last_day=LAST_DAY, products=20_000, events=20_000, days=1)
    write(shop, tmp_path)
    asins = pq.read_table(tmp_path / "products" / "amazon_products.parquet").column("asin")
    number = {asin: place for place, asin in enumerate(asins.to_pylist())}
    assert len(number) == 20_000
    visits: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows_of(tmp_path):
        if row["event_type"] == "product_view":
            visits[row["session_id"]].append(number[row["product_id"]])
    steps = [abs(after - before) for views in visits.values() for before, after in pairwise(views)]
    assert 0.6 < sum(step <= 30 for step in steps) / len(steps) < 0.9
    views = Counter(view for views in visits.values() for view in views)
    head = sum(count for _, count in views.most_common(200)) / views.total()
    assert head > 0.15
    assert sum(count == 1 for count in views.values()) > 2_000


def test_one_product_may_have_a_tenth_of_all_views(tmp_path: Path) -> None:
    shop = LargeShop(last_day=LAST_DAY, products=2_000, events=20_000, days=1, hot_share=0.1)
    write(shop, tmp_path)
    views = Counter(
        row["product_id"] for row in rows_of(tmp_path) if row["event_type"] == "product_view"
    )
    (_, most), (_, second) = views.most_common(2)
    assert 0.09 < most / views.total() < 0.15
    assert second < most / 3
    assert Shelf.fill(shop).by_rank[0] != 0


@pytest.mark.parametrize("wrong", [{"products": 10}, {"events": 0}, {"hot_share": 1.0}])
def test_a_shop_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ImportRejectedError):
        LargeShop(last_day=LAST_DAY, **wrong)
