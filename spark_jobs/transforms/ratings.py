"""Ratings: mean stars per category over rated products only, and shrunk ratings of products.

A product's rating is shrunk towards its category with the Bayesian average that IMDb made known:

    (n * r + m * c) / (n + m)

n ratings of mean r; c the category's mean; m the median number of ratings of rated products, at
least 10, so that half of the products are trusted more than their category. A product with stars
but no count has been rated by somebody: n = 1. Each shopper's newest feedback with stars is one
rating more, if the catalogue has ratings of the product or several shoppers gave some.
Unrated products are left out everywhere: no rating is not a bad rating.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from personalization.domain.prior import GLOBAL_SCOPE
from personalization.domain.repeats import SEVERAL_SHOPPERS
from personalization.priors import warehouse as names
from spark_jobs.columns import SHOPPER

MINIMUM_PRIOR_RATINGS = 10
"""m is at least this: with fewer, one enthusiast would decide a product's place."""
MINIMUM_RATED_PRODUCTS = 5
"""A category with fewer rated products says less than the whole catalogue, whose mean is used."""
LOWEST_STARS = 1
STAR_RANGE = 4
"""Strength = (stars - 1) / 4."""
HUNDREDTHS = 100
"""Stars are summed in whole hundredths: sums of floats depend on their order."""

_STARS_SUM = "stars_sum"
_IS_LISTED = "is_listed"


def given_stars(events: DataFrame) -> DataFrame:
    """Return a row for each product that an event of a shopper gives stars to."""
    return events.where(F.col(names.STARS).isNotNull()).withColumn(
        names.PRODUCT_ID, F.explode(F.array_distinct(names.PRODUCT_IDS))
    )


def sum_ratings(products: DataFrame, opinions: DataFrame) -> DataFrame:
    """Return rated products: product_id, category_id, stars_sum (hundredths), rating_count.

    `opinions` are rows of `given_stars`.
    """
    listed = products.where(F.col(names.STARS).isNotNull()).select(
        names.PRODUCT_ID, *_sum_of(F.greatest(F.col(names.RATING_COUNT), F.lit(1)))
    )
    of_catalogue = listed.withColumn(_IS_LISTED, F.lit(1))
    given = _newest(opinions).withColumn(_IS_LISTED, F.lit(0))
    return (
        of_catalogue.unionByName(given)
        .groupBy(names.PRODUCT_ID)
        .agg(
            F.sum(_STARS_SUM).alias(_STARS_SUM),
            F.sum(names.RATING_COUNT).alias(names.RATING_COUNT),
            F.max(_IS_LISTED).alias(_IS_LISTED),
        )
        .where((F.col(_IS_LISTED) == 1) | (F.col(names.RATING_COUNT) >= SEVERAL_SHOPPERS))
        .join(products.select(names.PRODUCT_ID, names.CATEGORY_ID), names.PRODUCT_ID)
        .select(names.PRODUCT_ID, names.CATEGORY_ID, _STARS_SUM, names.RATING_COUNT)
    )


def _newest(opinions: DataFrame) -> DataFrame:
    """Return the newest rating that each shopper gave a product."""
    newest = Window.partitionBy(SHOPPER, names.PRODUCT_ID).orderBy(
        F.desc(names.OCCURRED_AT), F.desc(names.EVENT_ID), F.desc(names.SESSION_ID)
    )
    return (
        opinions.withColumn("place", F.row_number().over(newest))
        .where(F.col("place") == 1)
        .select(names.PRODUCT_ID, *_sum_of(F.lit(1)))
    )


def _sum_of(count: Column) -> tuple[Column, Column]:
    whole = F.round(F.col(names.STARS) * HUNDREDTHS).cast("long")
    return (whole * count).alias(_STARS_SUM), count.cast("long").alias(names.RATING_COUNT)


def category_ratings(rated_products: DataFrame) -> DataFrame:
    """Return `global` -> categories by the plain mean of their rated products' stars."""
    mean = F.sum(_own_hundredths()) / F.count("*") / HUNDREDTHS
    return (
        rated_products.groupBy(F.col(names.CATEGORY_ID).alias(names.MEMBER_ID))
        .agg(mean.alias(names.VALUE), F.count("*").alias(names.SUPPORT))
        .withColumns({names.KEY: F.lit(GLOBAL_SCOPE), names.STRENGTH: _strength()})
        .select(names.KEY, names.MEMBER_ID, names.STRENGTH, names.VALUE, names.SUPPORT)
    )


def _own_hundredths() -> Column:
    return F.round(F.col(_STARS_SUM) / F.col(names.RATING_COUNT)).cast("long")


def _strength() -> Column:
    scaled = (F.col(names.VALUE) - LOWEST_STARS) / STAR_RANGE
    return F.least(F.greatest(scaled, F.lit(0.0)), F.lit(1.0))


def shrunk_ratings(rated_products: DataFrame) -> DataFrame:
    """Return `global` -> every rated product; value: stars, support: ratings."""
    everything = Window.partitionBy(F.lit(0))
    category = Window.partitionBy(names.CATEGORY_ID)
    own = _own_hundredths()
    mean = F.when(
        F.count("*").over(category) >= MINIMUM_RATED_PRODUCTS,
        F.sum(own).over(category) / F.count("*").over(category),
    ).otherwise(F.sum(own).over(everything) / F.count("*").over(everything))
    median = rated_products.agg(
        F.greatest(F.lit(MINIMUM_PRIOR_RATINGS), F.median(names.RATING_COUNT)).alias("m")
    )
    shrunk = (F.col(_STARS_SUM) + F.col("m") * F.col("c")) / (
        F.col(names.RATING_COUNT) + F.col("m")
    )
    return (
        rated_products.withColumn("c", mean)
        .crossJoin(F.broadcast(median))
        .withColumn(names.VALUE, shrunk / HUNDREDTHS)
        .select(
            F.lit(GLOBAL_SCOPE).alias(names.KEY),
            F.col(names.PRODUCT_ID).alias(names.MEMBER_ID),
            _strength().alias(names.STRENGTH),
            names.VALUE,
            F.col(names.RATING_COUNT).alias(names.SUPPORT),
        )
    )
