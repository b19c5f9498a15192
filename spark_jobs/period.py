"""The period of a night as its steps read it: what one has computed, the others find."""

from datetime import date
from functools import cached_property
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.prior import GLOBAL_SCOPE
from personalization.domain.repeats import SEVERAL_SHOPPERS
from spark_jobs.columns import COUNT, SCOPE, WEIGHT
from spark_jobs.partials.kinds import PartialKind
from spark_jobs.partials.partial_store import PartialStore
from spark_jobs.transforms import counts as counted
from spark_jobs.transforms.contributions import Contributions, contributions_of
from spark_jobs.transforms.counts import TrendWindows
from spark_jobs.transforms.shoppers import without_false_returns
from spark_jobs.warehouse import BuildingFolder, CatalogueInput


class CountedPeriod:
    """Frames over the partials of a plan's period, and what was summed of them."""

    def __init__(self, spark: SparkSession, plan_file: Path) -> None:
        self.plan_file = plan_file
        self.folder = BuildingFolder(spark, plan_file)
        self.plan = self.folder.plan
        self.spark = spark
        self._store = PartialStore(spark, Path(self.plan.warehouse))

    def read(self, kind: PartialKind) -> DataFrame:
        return self._store.read(kind, self.plan.first_day, self.plan.run_date)

    @cached_property
    def catalogue(self) -> CatalogueInput:
        return self.folder.read_catalogue()

    @cached_property
    def acts(self) -> DataFrame:
        """Interactions that count, with all products that there ever were."""
        return without_false_returns(self.read(PartialKind.ACTS))

    @cached_property
    def counts(self) -> DataFrame:
        """`counts.product_counts` of the period."""
        windows = TrendWindows(self.plan.run_date, self.plan.trending_days)
        counts = counted.product_counts(self.acts, self.catalogue.products, windows)
        return self.folder.keep(counts, "product_counts")

    @cached_property
    def category_counts(self) -> DataFrame:
        rows = self.read(PartialKind.CATEGORIES)
        counts = counted.category_counts(rows, self.catalogue.categories)
        return self.folder.keep(counts, "category_counts")

    @cached_property
    def crowded_scopes(self) -> DataFrame:
        """Regions and seasons of several shoppers: a column `scope`, a row for each."""
        scopes = counted.crowded_scopes(
            self.read(PartialKind.SHOPPERS), max(SEVERAL_SHOPPERS, self.plan.smallest_group)
        )
        return self.folder.keep(scopes, "crowded_scopes")

    @cached_property
    def contributions(self) -> Contributions:
        return contributions_of(self.read(PartialKind.SHOPPERS))

    @cached_property
    def totals(self) -> tuple[int, bool]:
        """How many interactions count, and whether any product is liked."""
        of_all = self.counts.where(F.col(SCOPE) == GLOBAL_SCOPE)
        liked = F.count(F.when(F.col(WEIGHT) > 0, F.lit(1)))
        [(interactions, products)] = of_all.agg(F.sum(COUNT), liked).collect()
        return interactions or 0, products > 0

    @property
    def repeats(self) -> int:
        """How many interactions with products are beyond what one shopper may count for."""
        days = self._store.sums(self.plan.first_day, self.plan.run_date)
        return sum(day.interactions - day.counted for day in days.values())

    def first_day_of_newest(self, sessions: int) -> date:
        """Return the first of the newest days that together have so many sessions with views.

        That is the first one of the period where all of it has fewer.
        """
        days = self._store.sums(self.plan.first_day, self.plan.run_date)
        found = 0
        for day in sorted(days, reverse=True):
            found += days[day].sessions
            if found >= sessions:
                return day
        return self.plan.first_day


_PERIODS: list[CountedPeriod] = []


def period_of(spark: SparkSession, plan_file: Path) -> CountedPeriod:
    """Return the period of a plan, the same for every step of an application's night."""
    known = _PERIODS[0] if _PERIODS else None
    if known is None or known.plan_file != plan_file or known.spark is not spark:
        spark.catalog.clearCache()
        _PERIODS[:] = [CountedPeriod(spark, plan_file)]
    return _PERIODS[0]
