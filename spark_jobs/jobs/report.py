"""Job: exported tables and the catalogue to the figures of a report."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.event import EventType
from personalization.exports.report.figures import (
    FIGURES_FILE,
    ORDER,
    ORDER_FILE,
    CategoryCount,
    DayActivity,
    Dimension,
    Funnel,
    GroupExposure,
    PlacementRevenue,
    ReportFigures,
    ReportOrder,
)
from personalization.priors import warehouse as names
from personalization.statistics.ratio_sums import RatioSums
from spark_jobs import schemas
from spark_jobs.columns import SEASON
from spark_jobs.transforms.interactions import with_season
from spark_jobs.transforms.report import columns as c
from spark_jobs.transforms.report.activity import counted_events, day_activity, funnel
from spark_jobs.transforms.report.exposure import exposure_sums, group_counts
from spark_jobs.transforms.report.lines import product_groups
from spark_jobs.transforms.report.placements import placement_revenue
from spark_jobs.transforms.report.tastes import category_counts

Figure = TypeVar("Figure")
EVENTS = (
    "event_id string, session_id string, type string, occurred_at timestamp, "
    "product_ids array<string>, region string, decision_id string, quantities array<bigint>, "
    "unit_price_micros array<bigint>, currency string, attested boolean, date date"
)
SLATES = "decision_id string, placement string, product_id string, date date"
SEASON_DAYS = 366
"""Before the last day: a season is compared with the others of a year."""
SESSION_DAYS = 2
"""What is bought on the first day may have been shown before it."""
PRICE_QUARTERS = [0.25, 0.5, 0.75]
_NOTHING = RatioSums(
    groups=0, numerator=0, denominator=0, numerator_squares=0, products=0, denominator_squares=0
)


def write_report(spark: SparkSession, folder: Path) -> None:
    """Write the figures into the folder of their order, in one step."""
    order = ORDER.decode((folder / ORDER_FILE).read_bytes())
    unfinished = folder / f".{FIGURES_FILE}.unfinished"
    unfinished.write_bytes(msgspec.json.encode(report_figures(spark, order)))
    unfinished.replace(folder / FIGURES_FILE)


def report_figures(spark: SparkSession, order: ReportOrder) -> ReportFigures:
    """Return the figures; each table is read once, and the events a second time by the season."""
    period = F.col(c.DATE).between(order.first_day, order.last_day)
    # Kept in memory or on the disk: every figure asks for them.
    events = counted_events(_table(spark, order, "events", EVENTS).where(period)).persist()
    file = Path(order.catalogue) / names.PRODUCTS_FILE
    products = spark.read.schema(schemas.PRODUCTS).parquet(f"file://{file}").persist()
    early = order.first_day - timedelta(days=SESSION_DAYS)
    slates = _table(spark, order, "slates", SLATES).where(
        F.col(c.DATE).between(early, order.last_day)
    )
    try:
        return ReportFigures(
            days=_rows(day_activity(events), DayActivity),
            funnel=_rows(funnel(events), Funnel)[0],
            exposures=_exposures(events, products, order),
            placements=_rows(placement_revenue(events, slates, products), PlacementRevenue),
            regions=_rows(category_counts(events, products, c.REGION), CategoryCount),
            seasons=_seasons(spark, order, products),
        )
    finally:
        events.unpersist()
        products.unpersist()


def _table(spark: SparkSession, order: ReportOrder, name: str, schema: str) -> DataFrame:
    folder = Path(order.tables) / name
    if not folder.exists():
        return spark.createDataFrame([], schema)
    return spark.read.schema(schema).parquet(f"file://{folder}")


def _seasons(
    spark: SparkSession, order: ReportOrder, products: DataFrame
) -> tuple[CategoryCount, ...]:
    year = F.col(c.DATE).between(order.last_day - timedelta(days=SEASON_DAYS - 1), order.last_day)
    events = counted_events(_table(spark, order, "events", EVENTS).where(year))
    seasonal = with_season(events.withColumn(names.DAY, F.col(c.DATE)))
    return _rows(category_counts(seasonal, products, SEASON), CategoryCount)


def _exposures(
    events: DataFrame, products: DataFrame, order: ReportOrder
) -> tuple[GroupExposure, ...]:
    groups = product_groups(products, _price_bands(products), order.last_day)
    sums: dict[tuple[str, str], dict[str, RatioSums]] = {}
    wholes: dict[str, RatioSums] = {}
    counts = group_counts(events, groups).persist()
    rows = exposure_sums(counts).collect()
    counts.unpersist()
    for row in rows:
        found = msgspec.convert(row.asDict(), RatioSums)
        sums.setdefault((row[c.DIMENSION], row[c.GROUP]), {})[row[c.TYPE]] = found
        wholes[row[c.TYPE]] = found
    return tuple(
        GroupExposure(
            dimension=Dimension(dimension),
            group=group,
            products=round(_of(found, "catalogue", wholes).numerator),
            shown=_of(found, EventType.IMPRESSION.value, wholes),
            sold=_of(found, EventType.CHECKOUT.value, wholes),
        )
        for (dimension, group), found in sorted(sums.items())
    )


def _of(found: Mapping[str, RatioSums], kind: str, wholes: Mapping[str, RatioSums]) -> RatioSums:
    """Return the sums of a kind; of a group that has none, 0 of all sessions' lines."""
    if kind in found:
        return found[kind]
    whole = wholes.get(kind, _NOTHING)
    return RatioSums(
        groups=whole.groups,
        numerator=0,
        denominator=whole.denominator,
        numerator_squares=0,
        products=0,
        denominator_squares=whole.denominator_squares,
    )


def _price_bands(products: DataFrame) -> list[float]:
    """Return the bounds between quarters of the catalogue, without those that fall together."""
    quarters = products.agg(F.percentile_approx(names.PRICE, PRICE_QUARTERS)).collect()[0][0]
    return sorted(set(quarters or []))


def _rows(frame: DataFrame, kind: type[Figure]) -> tuple[Figure, ...]:
    return tuple(msgspec.convert(row.asDict(), kind) for row in frame.collect())
