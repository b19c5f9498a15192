"""Writes what Spark would leave of a night: ranked lists of a large shop, made by a seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import LAG_BUCKETS, PriorTable
from personalization.priors import warehouse as names
from personalization.priors.warehouse import JOB_REPORT, PLAN, JobReport, NightlyPlan

CATEGORIES = 250
REGIONS = 16
FILES = 8
"""Of each large table; a key is in one of them."""
_FURTHEST = 5_000
"""Places in the catalogue to a member: products of one neighbourhood follow each other."""
_PRIORS = ("popularity", "popularity_category", "rating")

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MadeShop:
    """A catalogue of so many products, some of which were seen."""

    products: int
    seed: int = 20_261_129

    @property
    def seen_products(self) -> int:
        """Products that lists are kept of: about half, as most are hardly looked at."""
        return max(1, self.products * 6 // 13)

    def product_ids(self) -> npt.NDArray[np.str_]:
        return np.char.add("B0", np.char.zfill(np.arange(self.products).astype("U"), 8))

    def category_ids(self) -> npt.NDArray[np.str_]:
        return np.char.add("category-", np.arange(CATEGORIES).astype("U"))


def write_night(shop: MadeShop, warehouse: Path, name: str = "20260728-made") -> NightlyPlan:
    """Write the exported catalogue and a building folder; return the plan it is of."""
    building = warehouse / names.BUILDING_FOLDER / name
    reports = building / names.REPORTS_FOLDER
    reports.mkdir(parents=True)
    products = pa.array(shop.product_ids().tolist())
    categories = pa.array(shop.category_ids().tolist())
    pq.write_table(pa.table({names.PRODUCT_ID: products}), warehouse / names.PRODUCTS_FILE)
    pq.write_table(pa.table({names.CATEGORY_ID: categories}), warehouse / names.CATEGORIES_FILE)
    for table, number, rows in _tables(shop, products, categories):
        folder = building / names.TABLES_FOLDER / f"{names.TABLE}={table.value}"
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows, folder / f"part-{number:05}.parquet", row_group_size=200_000)
    absent = {table.value: "not made" for table in (PriorTable.RATED_CATEGORIES,)}
    report = JobReport(absent=absent, parameters={"interactions": "20000000", "shoppers": "1"})
    (reports / "made.json").write_bytes(JOB_REPORT.encode(report))
    plan = _plan(warehouse, name)
    (building / names.PLAN_FILE).write_bytes(PLAN.encode(plan))
    return plan


def _plan(warehouse: Path, name: str) -> NightlyPlan:
    return NightlyPlan(
        generation_id=GenerationId(name),
        run_date=date(2026, 7, 28),
        warehouse=str(warehouse),
        input_fingerprint="made",
        period_days=120,
        trending_days=7,
        list_size=50,
        minimum_support=3,
        minimum_affinity_support=1,
        new_arrival_days=30,
        index_sessions=300_000,
    )


def _tables(
    shop: MadeShop, products: pa.Array, categories: pa.Array
) -> Iterator[tuple[PriorTable, int, pa.Table]]:
    """Yield each file: its table, its number, its rows."""
    generator = np.random.default_rng(shop.seed)
    scopes = pa.array(
        ["global", *(f"region:{number}" for number in range(REGIONS)), "season:summer"]
    )
    small: list[tuple[PriorTable, pa.Array, pa.Array]] = [
        (PriorTable.CATEGORY_AFFINITY, categories, categories),
        (PriorTable.CATEGORY_LEADERS, categories, products),
        (PriorTable.POPULAR_PRODUCTS, scopes, products),
        (PriorTable.POPULAR_CATEGORIES, scopes, categories),
        (PriorTable.RATED_PRODUCTS, scopes[:1], products),
        (PriorTable.TRENDING, scopes[:1], products),
        (PriorTable.NEW_ARRIVALS, scopes[:1], products),
    ]
    for table, keys, members in small:
        lengths = np.full(len(keys), min(50, len(members)))
        yield table, 0, _rows(keys, members, lengths, generator)
    bundles = pa.array(
        [f"{item}+{item}" for item in products[: shop.seen_products // 2].to_pylist()]
    )
    for number in range(FILES):
        seen = products.take(pa.array(np.arange(number, shop.seen_products, FILES)))
        every = products.take(pa.array(np.arange(number, shop.products, FILES)))
        some = bundles.take(pa.array(np.arange(number, len(bundles), FILES)))
        tastes = pa.array([f"product:{item}" for item in products[:5_000].to_pylist()])
        users = pa.array([f"user-{item}" for item in seen[: len(seen) // 4].to_pylist()])
        at_lags = pa.array(
            [
                f"{item}@{bucket}"
                for item in seen.to_pylist()
                for bucket in range(1, len(LAG_BUCKETS) + 1)
            ]
        )
        large: list[tuple[PriorTable, pa.Array, pa.Array, int]] = [
            (PriorTable.PRODUCT_AFFINITY, seen, products, 8),
            (PriorTable.LAG_AFFINITY, at_lags, products, 2),
            (PriorTable.PRODUCT_PRIORS, every, pa.array(_PRIORS), 3),
            (PriorTable.BUNDLES, seen, bundles, 1),
            (PriorTable.BUNDLE_PRODUCTS, some, products, 2),
            (PriorTable.USER_TASTES, users, tastes, 6),
        ]
        for table, keys, members, mean in large:
            lengths = generator.integers(1, 2 * mean, len(keys))
            if table is PriorTable.PRODUCT_PRIORS:
                lengths = np.full(len(keys), mean)
            yield table, number, _rows(keys, members, lengths, generator)


def _rows(
    keys: pa.Array, members: pa.Array, lengths: Places, generator: np.random.Generator
) -> pa.Table:
    """Return lists of these lengths, whose members are distinct and whose strengths fall."""
    starts = np.cumsum(lengths) - lengths
    ranks = np.arange(int(lengths.sum())) - np.repeat(starts, lengths) + 1
    count = len(members)
    furthest = max(1, min(_FURTHEST, count // 50))
    steps = np.repeat(generator.integers(1, furthest + 1, len(keys)), lengths)
    firsts = np.repeat(generator.integers(0, count, len(keys)), lengths)
    chosen = (firsts + ranks * steps) % count
    strength = np.repeat(generator.random(len(keys)), lengths) / ranks
    return pa.table(
        {
            names.KEY: keys.take(pa.array(np.repeat(np.arange(len(keys)), lengths))),
            names.RANK: pa.array(ranks, pa.int32()),
            names.MEMBER_ID: members.take(pa.array(chosen)),
            names.STRENGTH: strength,
            names.VALUE: strength * 100,
            names.SUPPORT: generator.integers(1, 500, len(ranks)),
        }
    )
