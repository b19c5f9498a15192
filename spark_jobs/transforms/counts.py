"""Counts: what shoppers did with each product and category, everywhere and by scope, in one pass.

Everything that a night asks of single products is summed here together: popularity, what is
trending, views and viewers for affinities, and what one shopper has of a product.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.event import EventType
from personalization.domain.prior import GLOBAL_SCOPE, ScopeKind
from personalization.domain.repeats import SEVERAL_SHOPPERS
from personalization.priors import warehouse as names
from spark_jobs.columns import (
    BEFORE,
    COUNT,
    GROUP,
    ITEM,
    LARGEST,
    POSITIVE,
    RECENT,
    RECENT_SHOPPERS,
    SCOPE,
    SEASON,
    SHOPPER,
    VIEWERS,
    VIEWS,
    WEIGHT,
)
from spark_jobs.transforms.interactions import of_catalogue, with_season

BASELINE_WINDOWS = 4
"""Windows before the recent one that trends are compared with: four weeks for a week."""
_IS_RECENT = "is_recent"
_SUMMED = (COUNT, WEIGHT, POSITIVE, RECENT, BEFORE, VIEWS)
_SCOPED_BY = {ScopeKind.REGION: names.REGION, ScopeKind.SEASON: SEASON}


@dataclass(frozen=True, slots=True)
class TrendWindows:
    """The days that count as recent, and those before them."""

    run_date: date
    trending_days: int

    @property
    def recent_from(self) -> date:
        return self.run_date - timedelta(days=self.trending_days - 1)

    @property
    def before_from(self) -> date:
        return self.recent_from - timedelta(days=self.trending_days * BASELINE_WINDOWS)


def product_counts(acts: DataFrame, products: DataFrame, windows: TrendWindows) -> DataFrame:
    """Return scope, item, group and sums for products of the catalogue.

    Sums are interactions (count), rewards (weight), good ones (positive), those of the recent
    days and of the ones before, views; beside them shoppers (support), recent ones and viewers,
    and the good rewards of the shopper who gave most (largest). Rows of an item stay together.
    """
    by_shopper = (
        _with_measures(with_season(acts), windows)
        .repartition(names.PRODUCT_ID)
        .groupBy(names.PRODUCT_ID, SHOPPER, names.REGION, SEASON)
        .agg(*(F.sum(name).alias(name) for name in _SUMMED), F.max(_IS_RECENT).alias(_IS_RECENT))
    )
    scopes = [F.lit(GLOBAL_SCOPE), *_scopes(ScopeKind.REGION, ScopeKind.SEASON)]
    counts = (
        by_shopper.withColumn(SCOPE, F.explode(F.array_compact(F.array(*scopes))))
        .groupBy(names.PRODUCT_ID, SCOPE, SHOPPER)
        .agg(*(F.sum(name).alias(name) for name in _SUMMED), F.max(_IS_RECENT).alias(_IS_RECENT))
        .groupBy(names.PRODUCT_ID, SCOPE)
        .agg(
            *(F.sum(name).alias(name) for name in _SUMMED),
            F.count("*").alias(names.SUPPORT),
            F.max(POSITIVE).alias(LARGEST),
            F.sum(_IS_RECENT).alias(RECENT_SHOPPERS),
            F.count(F.when(F.col(VIEWS) > 0, F.lit(1))).alias(VIEWERS),
        )
    )
    return (
        of_catalogue(counts, products)
        .withColumnRenamed(names.PRODUCT_ID, ITEM)
        .withColumnRenamed(names.CATEGORY_ID, GROUP)
    )


def _with_measures(acts: DataFrame, windows: TrendWindows) -> DataFrame:
    day, reward = F.col(names.DAY), F.col(names.REWARD)
    recent = day.between(F.lit(windows.recent_from), F.lit(windows.run_date))
    before = (day >= F.lit(windows.before_from)) & (day < F.lit(windows.recent_from))
    view = F.col(names.TYPE) == EventType.PRODUCT_VIEW.value
    zero = F.lit(0).cast("long")
    return acts.select(
        names.PRODUCT_ID,
        # Half the width of an id's text, and as good as never the same for two.
        F.xxhash64(SHOPPER).alias(SHOPPER),
        names.REGION,
        SEASON,
        F.lit(1).cast("long").alias(COUNT),
        reward.alias(WEIGHT),
        F.greatest(reward, zero).alias(POSITIVE),
        F.when(recent, reward).otherwise(zero).alias(RECENT),
        F.when(before, reward).otherwise(zero).alias(BEFORE),
        view.cast("long").alias(VIEWS),
        recent.cast("long").alias(_IS_RECENT),
    )


def category_counts(categories: DataFrame, known: DataFrame) -> DataFrame:
    """Return scope (global and regions), item, group (the same), weight, support and views.

    `categories` are partials of days, `known` the categories of the catalogue.
    """
    scopes = F.array_compact(F.array(F.lit(GLOBAL_SCOPE), *_scopes(ScopeKind.REGION)))
    return (
        categories.withColumn(SCOPE, F.explode(scopes))
        .withColumn(SHOPPER, F.xxhash64(SHOPPER))
        .groupBy(SCOPE, names.CATEGORY_ID, SHOPPER)
        .agg(F.sum(WEIGHT).alias(WEIGHT), F.sum(VIEWS).alias(VIEWS))
        .groupBy(SCOPE, names.CATEGORY_ID)
        .agg(
            F.sum(WEIGHT).alias(WEIGHT),
            F.sum(VIEWS).alias(VIEWS),
            F.count("*").alias(names.SUPPORT),
        )
        .join(known, names.CATEGORY_ID)
        .withColumnRenamed(names.CATEGORY_ID, ITEM)
        .withColumn(GROUP, F.col(ITEM))
    )


def crowded_scopes(shoppers: DataFrame, fewest: int = SEVERAL_SHOPPERS) -> DataFrame:
    """Return the regions and seasons (scope) in which so many shoppers did anything.

    Regions are what browsers say: one session could name a thousand.
    """
    scopes = F.array_compact(F.array(*_scopes(ScopeKind.REGION, ScopeKind.SEASON)))
    return (
        with_season(shoppers)
        .select(F.explode(scopes).alias(SCOPE), F.xxhash64(SHOPPER).alias(SHOPPER))
        .distinct()
        .groupBy(SCOPE)
        .agg(F.count("*").alias(names.SUPPORT))
        .where(F.col(names.SUPPORT) >= fewest)
        .select(SCOPE)
    )


def globally(counts: DataFrame, smallest_group: int = 0) -> DataFrame:
    """Return the global counts of what is liked: summed rewards above 0, of enough shoppers."""
    return _likes(counts, smallest_group).where(F.col(SCOPE) == GLOBAL_SCOPE)


def by_scope(counts: DataFrame, crowded: DataFrame, smallest_group: int = 0) -> DataFrame:
    """Return the counts of regions and seasons that have several shoppers, of what is liked."""
    scoped = _likes(counts, smallest_group).where(F.col(SCOPE) != GLOBAL_SCOPE)
    return scoped.join(crowded, SCOPE, "left_semi")


def _likes(counts: DataFrame, smallest_group: int) -> DataFrame:
    return counts.where((F.col(WEIGHT) > 0) & (F.col(names.SUPPORT) >= smallest_group))


def view_counts(counts: DataFrame) -> DataFrame:
    """Return each viewed item with its views as count, and its viewers where these are known."""
    viewed = counts.where((F.col(SCOPE) == GLOBAL_SCOPE) & (F.col(VIEWS) > 0))
    viewers = [VIEWERS] if VIEWERS in counts.columns else []
    return viewed.select(ITEM, F.col(VIEWS).alias(COUNT), *viewers)


def _scopes(*kinds: ScopeKind) -> list[Column]:
    return [F.concat(F.lit(kind.prefix), F.col(_SCOPED_BY[kind])) for kind in kinds]
