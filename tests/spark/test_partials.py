"""Nights that go on counting where the last one stopped have the sums of one that counts all.

Histories are random, and change as those of shops do: days come, events come late, sessions are
erased, a product gets another category, a period ends earlier.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from nightly.snapshots.day_columns import HISTORY_SCHEMA
from nightly.snapshots.snapshot import (
    CATEGORIES_SCHEMA,
    GROUPS_SCHEMA,
    PRODUCT_CATEGORIES_SCHEMA,
    PRODUCTS_SCHEMA,
)
from personalization.domain.identifiers import SessionId
from personalization.neighbours.erasures import session_digest
from personalization.priors import warehouse as names
from personalization.priors.warehouse import PLAN, REQUEST, SNAPSHOT, HistorySnapshot
from spark_jobs.jobs.count_days import count_days
from spark_jobs.partials.kinds import PartialKind
from spark_jobs.partials.partial_store import PartialStore
from tests.builders.nightly_plan import a_nightly_plan, a_nightly_request
from tests.spark.frames import DAY, NOON

KEY = "a key"
CLOSED = 60
"""Events of a closed block: a day or two."""
KINDS = ("product_view", "product_view", "product_view", "add_to_cart", "refund", "checkout")
OTHERS = ("category_view", "feedback", "dwell", "impression", "login")
Row = dict[str, Any]


@dataclass
class Shop:
    """A history that changes, and what nights are asked."""

    random: Random
    days: dict[date, list[Row]] = field(default_factory=dict)
    categories: dict[str, str] = field(
        default_factory=lambda: {f"p{number}": f"c{number % 3}" for number in range(12)}
    )
    erased: tuple[str, ...] = ()

    def add(self, day: date, count: int) -> None:
        """Add events of some sessions, which may go on after midnight."""
        for _ in range(count):
            session = f"s{day:%d}-{self.random.randrange(8)}"
            moment = datetime.combine(day, NOON.timetz()) + timedelta(
                seconds=self.random.randrange(40_000)
            )
            self.days.setdefault(day, []).append(self._event(session, moment))

    def _event(self, session: str, moment: datetime) -> Row:
        kind = self.random.choice((*KINDS, *OTHERS))
        of_product = kind not in {"category_view", "login"}
        product = f"p{self.random.randrange(13)}"
        named = self.random.random() < 0.2 or kind == "login"
        return {
            names.EVENT_ID: f"e{self.random.getrandbits(60)}",
            names.SESSION_ID: session,
            names.USER_ID: f"u{self.random.randrange(3)}" if named else None,
            names.TYPE: kind,
            names.OCCURRED_AT: moment,
            names.PRODUCT_IDS: [product] if of_product else [],
            names.CATEGORY_ID: f"c{self.random.randrange(3)}" if not of_product else None,
            names.REGION: self.random.choice(("pl", "de", None)),
            names.STARS: self.random.choice((1.0, 4.5, None)) if kind == "feedback" else None,
            names.REWARD: {"refund": -5000, "dwell": 300, "feedback": -100}.get(kind, 1000),
            names.CONSENT: None,
            names.VARIANT_IDS: [],
        }

    def erase(self, session: str) -> None:
        """Leave a session out; its events are still in the history."""
        self.erased = (*self.erased, session_digest(KEY, SessionId(session)))

    def write(self, warehouse: Path, until: date, period_days: int = 120) -> Path:
        """Write what a night finds, and return its plan."""
        for day, rows in self.days.items():
            folder = warehouse / "history" / f"{names.DAY}={day}"
            folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(rows, HISTORY_SCHEMA), folder / "events.parquet")
        known = [{"product_id": p, "category_id": c} for p, c in self.categories.items()]
        for name, schema, rows in (
            (names.PRODUCTS_FILE, PRODUCTS_SCHEMA, known[:10]),
            (names.PRODUCT_CATEGORIES_FILE, PRODUCT_CATEGORIES_SCHEMA, known),
            (names.CATEGORIES_FILE, CATEGORIES_SCHEMA, [{"category_id": "c1"}]),
            (names.GROUPS_FILE, GROUPS_SCHEMA, []),
        ):
            pq.write_table(pa.Table.from_pylist(rows, schema), warehouse / name)
        snapshot = HistorySnapshot(
            run_date=until, fingerprints=self._fingerprints(), history_until=max(self.days)
        )
        (warehouse / names.SNAPSHOT_FILE).write_bytes(SNAPSHOT.encode(snapshot))
        request = replace(a_nightly_request(warehouse), digest_key=KEY, erased_sessions=self.erased)
        (warehouse / names.REQUEST_FILE).write_bytes(REQUEST.encode(request))
        plan = a_nightly_plan(warehouse=str(warehouse), run_date=until, period_days=period_days)
        folder = warehouse / "building" / "night"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plan.json").write_bytes(PLAN.encode(plan))
        return folder / "plan.json"

    def _fingerprints(self) -> dict[date, str]:
        return {
            day: f"{len(rows)}-{hash(frozenset(row[names.EVENT_ID] for row in rows))}"
            for day, rows in self.days.items()
        }


def _rows(
    spark: SparkSession, warehouse: Path, first: date, last: date
) -> Mapping[str, Counter[Any]]:
    store = PartialStore(spark, warehouse)
    return {
        kind.value: Counter(tuple(row) for row in store.read(kind, first, last).collect())
        for kind in PartialKind
    } | {"sums": Counter(store.sums(first, last).items())}


def _assert_counted_as_anew(
    spark: SparkSession, shop: Shop, warehouse: Path, fresh: Path, until: date
) -> None:
    first = until - timedelta(days=119)
    fresh.mkdir()
    count_days(spark, shop.write(fresh, until), CLOSED)
    assert _rows(spark, warehouse, first, until) == _rows(spark, fresh, first, until)


def _count(spark: SparkSession, shop: Shop, warehouse: Path, until: date) -> Sequence[date]:
    plan = count_days(spark, shop.write(warehouse, until), CLOSED)
    return sorted(day for block in plan.made for day in block.days)


@pytest.mark.parametrize("seed", [1, 2])
def test_what_nights_have_kept_and_counted_is_what_one_night_counts_of_all(
    spark: SparkSession, tmp_path: Path, seed: int
) -> None:
    shop, warehouse = Shop(Random(seed)), tmp_path / "kept"
    warehouse.mkdir()
    days = [DAY + timedelta(days=number) for number in range(4)]
    for day in days[:3]:
        shop.add(day, 70)
    assert _count(spark, shop, warehouse, days[2]) == days[:3]
    # A new day and a late event: the days between are not counted again.
    shop.add(days[3], 70)
    shop.add(days[0], 1)
    assert _count(spark, shop, warehouse, days[3]) == [days[0], days[3]]
    # A session is erased, and a product moves to another category.
    shop.erase(f"s{days[1]:%d}-3")
    assert _count(spark, shop, warehouse, days[3]) == [days[1]]
    shop.categories["p1"] = "c2"
    assert _count(spark, shop, warehouse, days[3]) != []
    _assert_counted_as_anew(spark, shop, warehouse, tmp_path / "fresh", days[3])
    assert _count(spark, shop, warehouse, days[3]) == []


def test_a_backfill_counts_no_day_again_and_leaves_the_newer_ones_to_the_next_night(
    spark: SparkSession, tmp_path: Path
) -> None:
    shop = Shop(Random(3))
    days = [DAY + timedelta(days=number) for number in range(3)]
    for day in days:
        shop.add(day, 70)
    assert _count(spark, shop, tmp_path, days[2]) == days
    assert _count(spark, shop, tmp_path, days[1]) == []
    assert _count(spark, shop, tmp_path, days[2]) == []
