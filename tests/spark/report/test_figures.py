"""The figures of a report, by numbers worked out by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from personalization.exports.report.figures import ELSEWHERE
from personalization.priors import warehouse as names
from spark_jobs.jobs.report import EVENTS, SLATES
from spark_jobs.transforms.report.activity import counted_events, day_activity, funnel
from spark_jobs.transforms.report.exposure import exposure_sums, group_counts
from spark_jobs.transforms.report.lines import product_groups
from spark_jobs.transforms.report.placements import placement_revenue
from spark_jobs.transforms.report.tastes import category_counts
from tests.spark.frames import products

DAY = date(2026, 7, 28)
NOON = datetime(2026, 7, 28, 12, tzinfo=UTC)
_COLUMNS = [column.split()[0] for column in EVENTS.split(", ")]


def events(spark: SparkSession, *given: dict[str, Any]) -> DataFrame:
    """Return events a second apart, views of nothing by session `s` by default."""
    rows = []
    for number, event in enumerate(given):
        row: dict[str, Any] = {
            "event_id": f"e{number}",
            "session_id": "s",
            "type": "product_view",
            "occurred_at": NOON + timedelta(seconds=number),
            "product_ids": [],
            "quantities": [],
            "unit_price_micros": [],
            "date": DAY,
            **event,
        }
        rows.append(tuple(row.get(name) for name in _COLUMNS))
    return spark.createDataFrame(rows, EVENTS)


def slates(spark: SparkSession, *given: tuple[str, str, str]) -> DataFrame:
    return spark.createDataFrame([(*row, DAY) for row in given], SLATES)


def shop(spark: SparkSession) -> DataFrame:
    return products(
        spark,
        {names.PRODUCT_ID: "p1", names.PRICE: 10.0, names.BRAND: "Loom", names.LISTED_ON: DAY},
        {names.PRODUCT_ID: "p2", names.PRICE: 30.0, names.CATEGORY_ID: "hats"},
    )


def tuples(frame: DataFrame) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in frame.collect()]


def test_a_day_and_the_funnel_count_each_session_once_and_no_order_that_nobody_attests(
    spark: SparkSession,
) -> None:
    history = counted_events(
        events(
            spark,
            {"type": "impression", "product_ids": ["p1"], "decision_id": "d"},
            {"product_ids": ["p1"], "decision_id": "d"},
            {"product_ids": ["p1"]},
            {"session_id": "t", "type": "add_to_cart", "product_ids": ["p2"]},
            {"session_id": "t", "type": "checkout", "attested": False},
            {"session_id": "u", "type": "checkout", "attested": True, "date": date(2026, 7, 29)},
        )
    )

    assert tuples(day_activity(history)) == [
        (DAY, 2, 4, 1, 2, 1, 0, 0),
        (date(2026, 7, 29), 1, 1, 0, 0, 0, 1, 0),
    ]
    assert tuples(funnel(history)) == [(3, 1, 1, 1, 1, 1)]


def test_a_shop_without_events_has_a_funnel_of_nobody(spark: SparkSession) -> None:
    assert tuples(funnel(events(spark))) == [(0, 0, 0, 0, 0, 0)]


def test_impressions_of_a_group_are_summed_as_a_ratio_over_sessions(spark: SparkSession) -> None:
    history = events(
        spark,
        # Session s sees p1 twice and p2 once; t sees p2 and a product that is gone.
        {"type": "impression", "product_ids": ["p1", "p2"]},
        {"type": "impression", "product_ids": ["p1"]},
        {"session_id": "t", "type": "impression", "product_ids": ["p2", "gone"]},
        {"session_id": "t", "type": "checkout", "product_ids": ["p2"]},
    )
    groups = product_groups(shop(spark), [20.0], DAY)

    sums = {
        (row["type"], row["dimension"], row["group"]): tuple(row)[3:]
        for row in exposure_sums(group_counts(history, groups)).collect()
    }

    # groups, D = 3 + 2, D^2 = 9 + 4; then N, N^2, N * D.
    assert sums["impression", "category", "shirts"] == (2, 5.0, 13.0, 2.0, 4.0, 6.0)
    assert sums["impression", "category", "hats"] == (2, 5.0, 13.0, 2.0, 2.0, 5.0)
    assert sums["impression", "category", "not in the catalogue"] == (2, 5.0, 13.0, 1.0, 1.0, 2.0)
    assert sums["checkout", "price", "above 20"][0:4] == (1, 1.0, 1.0, 1.0)
    assert sums["catalogue", "brand", "not told"][3] == 1.0
    assert sums["catalogue", "newness", "0 to 30 days"][3] == 1.0
    assert ("checkout", "category", "shirts") not in sums


def test_only_the_largest_groups_of_each_dimension_keep_their_names(spark: SparkSession) -> None:
    many = [{names.PRODUCT_ID: f"p{n}", names.CATEGORY_ID: f"c{n}"} for n in range(4)]
    history = events(spark, {"type": "impression", "product_ids": ["p3"]})
    groups = product_groups(products(spark, *many), [], DAY)

    counts = group_counts(history, groups, kept=2)

    found = {(row["type"], row["group"]): row["count"] for row in counts.collect()
             if row["dimension"] == "category"}  # fmt: skip
    assert found == {
        ("catalogue", "c3"): 1, ("catalogue", "c0"): 1, ("catalogue", "other"): 2,
        ("impression", "c3"): 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("price", "band"),
    [(10.0, "up to 10"), (10.01, "10 to 20"), (20.0, "10 to 20"), (21.0, "above 20")],
)
def test_a_price_belongs_to_the_band_that_ends_with_it(
    spark: SparkSession, price: float, band: str
) -> None:
    shop = products(spark, {names.PRODUCT_ID: "p", names.PRICE: price})
    rows = product_groups(shop, [10.0, 20.0], DAY).where("dimension = 'price'").collect()
    assert [row["group"] for row in rows] == [band]


def test_a_line_is_the_placements_that_its_visit_opened_the_product_from_last(
    spark: SparkSession,
) -> None:
    history = events(
        spark,
        {"product_ids": ["p1"], "decision_id": "d1"},
        {"product_ids": ["p1"], "decision_id": "d2"},
        {
            "type": "checkout", "product_ids": ["p1", "p2"], "quantities": [2, 1],
            "unit_price_micros": [5_000_000, 7_500_000], "currency": "EUR",
        },
        # Too late for the order above, and another visit's.
        {"product_ids": ["p2"], "decision_id": "d1"},
        {"session_id": "t", "type": "checkout", "product_ids": ["p1", "gone"]},
    )  # fmt: skip
    shown = slates(spark, ("d1", "home", "p1"), ("d1", "home", "p2"), ("d2", "product page", "p1"))

    rows = tuples(placement_revenue(history, shown, shop(spark)))

    assert sorted(rows) == [
        (ELSEWHERE, "", 2, 1, 10.0),
        (ELSEWHERE, "EUR", 1, 0, 7.5),
        ("product page", "EUR", 1, 0, 10.0),
    ]


def test_a_region_has_its_acts_by_category_and_impressions_are_none(spark: SparkSession) -> None:
    history = events(
        spark,
        {"product_ids": ["p1"], "region": "se"},
        {"type": "checkout", "product_ids": ["p1", "p2"], "region": "se"},
        {"type": "impression", "product_ids": ["p2"], "region": "se"},
        {"product_ids": ["p2"], "region": "fi"},
        {"product_ids": ["p2"]},
    )
    assert tuples(category_counts(history, shop(spark), "region")) == [
        ("fi", "hats", 1), ("se", "hats", 1), ("se", "shirts", 2),
    ]  # fmt: skip
