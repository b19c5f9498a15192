"""Tastes: what each known person likes, by what they did in the period.

Of user u and item i (a product, a category, a brand, a size),

    w_ui = sum over what u did with i of reward * 2^(-days ago / half-life),
    strength = w_ui / sum_j w_uj, over the items that u likes (w > 0) of the same kind.

Each summand is a whole number of thousandths of a thousandth, so that sums have no order. Prices
are scaled (`personalization.domain.tastes`); mean and spread are weighed by the w of products.
What counts of a person's repetitions is decided before (`limit_products`), which also bounds what a
single one can bring to one task: counts are added up before they are sent to where a user is.
"""

from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.event import EventType
from personalization.domain.tastes import (
    MOST_OF_KIND,
    PRICE_MEAN,
    PRICE_SPREAD,
    PRODUCT_PRICE,
    TasteKind,
)
from personalization.priors import warehouse as names
from personalization.priors.warehouse import REWARD_UNIT
from spark_jobs.columns import ITEM, SHOPPER, WEIGHT
from spark_jobs.transforms.shoppers import USER_PREFIX

_UNIT = 1_000
"""Of a thousandth of a reward: what is a year old still counts."""
_KIND = "kind"
_PLACE = "place"
_SCALED = "scaled"
_SIZE_EVENTS = tuple(kind.value for kind in EventType if kind.is_interaction)


def user_tastes(
    counted: DataFrame, sizes: DataFrame, traits: DataFrame, run_date: date, halflife_days: int
) -> DataFrame:
    """Return user -> members of `user_tastes`; only of users whom they say something of.

    `counted` are interactions with products as far as they count, `sizes` are those of
    `sized_interactions`, `traits` those of `product_traits`.
    """
    of_users = _fade(counted, run_date, halflife_days)
    brands = _names_of(traits, TasteKind.BRAND).join(of_users, names.PRODUCT_ID)
    products = _strongest_of(of_users, TasteKind.PRODUCT, names.PRODUCT_ID)
    lists = (
        products,
        _strongest_of(of_users, TasteKind.CATEGORY, names.CATEGORY_ID),
        _strongest_of(brands, TasteKind.BRAND, ITEM),
        _strongest_of(_fade(sizes, run_date, halflife_days), TasteKind.SIZE, names.SIZE),
    )
    return _prices(products, traits).unionByName(reduce(DataFrame.unionByName, map(_shares, lists)))


def known_users(counted: DataFrame) -> DataFrame:
    """Return what people did who are known."""
    return counted.where(F.startswith(F.col(SHOPPER), F.lit(USER_PREFIX)))


def acts_of_known_users(events: DataFrame) -> DataFrame:
    """Return what known people did with what they named: variants, where they named some.

    One of them counts once a day for each and type. The events have their shoppers.
    """
    named = F.when(F.size(names.VARIANT_IDS) > 0, F.col(names.VARIANT_IDS)).otherwise(
        F.col(names.PRODUCT_IDS)
    )
    return (
        known_users(events.where(F.col(names.TYPE).isin(*_SIZE_EVENTS)))
        .withColumn(names.PRODUCT_ID, F.explode(F.array_distinct(named)))
        .groupBy(SHOPPER, names.PRODUCT_ID, names.DAY, names.TYPE)
        .agg(F.max(names.REWARD).alias(names.REWARD))
    )


def sized_interactions(named: DataFrame, products: DataFrame, groups: DataFrame) -> DataFrame:
    """Return what was done with what has a size: variants, and products of but one size.

    `named` are rows of `acts_of_known_users`.
    """
    sizes = products.select(names.PRODUCT_ID, names.SIZE).unionByName(
        groups.select(names.PRODUCT_ID, names.SIZE)
    )
    return named.join(sizes.where(F.col(names.SIZE).isNotNull()), names.PRODUCT_ID)


def product_traits(products: DataFrame, groups: DataFrame) -> DataFrame:
    """Return product -> its brand, its sizes or those of its variants, and its scaled price."""
    variants = groups.select(F.col(names.GROUP_ID).alias(names.PRODUCT_ID), names.SIZE)
    sizes = products.select(names.PRODUCT_ID, names.SIZE).unionByName(variants).distinct()
    brands = products.select(names.PRODUCT_ID, names.BRAND)
    return (
        _scaled_prices(products)
        .unionByName(_traits_of(brands, names.BRAND, TasteKind.BRAND))
        .unionByName(_traits_of(sizes, names.SIZE, TasteKind.SIZE))
    )


def _traits_of(named: DataFrame, column: str, kind: TasteKind) -> DataFrame:
    known = named.where(F.length(column) > 0)
    return known.select(
        F.col(names.PRODUCT_ID).alias(names.KEY),
        F.concat(F.lit(kind.prefix), F.col(column)).alias(names.MEMBER_ID),
        F.lit(1.0).alias(names.STRENGTH),
        F.lit(1.0).alias(names.VALUE),
        F.lit(0).cast("long").alias(names.SUPPORT),
    )


def _scaled_prices(products: DataFrame) -> DataFrame:
    priced = products.where(F.col(names.PRICE) > 0)
    ends = priced.agg(F.min(names.PRICE).alias("least"), F.max(names.PRICE).alias("most"))
    width = F.log("most") - F.log("least")
    scaled = F.when(width > 0, (F.log(names.PRICE) - F.log("least")) / width).otherwise(F.lit(0.0))
    return priced.crossJoin(F.broadcast(ends)).select(
        F.col(names.PRODUCT_ID).alias(names.KEY),
        F.lit(PRODUCT_PRICE).alias(names.MEMBER_ID),
        F.least(F.greatest(scaled, F.lit(0.0)), F.lit(1.0)).alias(names.STRENGTH),
        F.col(names.PRICE).alias(names.VALUE),
        F.lit(0).cast("long").alias(names.SUPPORT),
    )


def _names_of(traits: DataFrame, kind: TasteKind) -> DataFrame:
    """Return product and name of the traits of a kind."""
    of_kind = traits.where(F.startswith(F.col(names.MEMBER_ID), F.lit(kind.prefix)))
    return of_kind.select(
        F.col(names.KEY).alias(names.PRODUCT_ID),
        F.expr(f"substr({names.MEMBER_ID}, {len(kind.prefix) + 1})").alias(ITEM),
    )


def _fade(interactions: DataFrame, run_date: date, halflife_days: int) -> DataFrame:
    """Return what known people did, with its weight of now."""
    age = F.greatest(F.datediff(F.lit(run_date), F.col(names.DAY)), F.lit(0))
    fresh = F.pow(F.lit(0.5), age / F.lit(float(halflife_days)))
    return (
        known_users(interactions)
        .withColumn(names.KEY, F.expr(f"substr({SHOPPER}, {len(USER_PREFIX) + 1})"))
        .withColumn(WEIGHT, F.rint(F.col(names.REWARD) * fresh * _UNIT).cast("long"))
    )


def _strongest_of(faded: DataFrame, kind: TasteKind, item: str) -> DataFrame:
    """Return the strongest items of each user."""
    summed = (
        faded.groupBy(names.KEY, F.col(item).alias(ITEM))
        .agg(F.sum(WEIGHT).alias(WEIGHT), F.count("*").alias(names.SUPPORT))
        .where(F.col(WEIGHT) > 0)
        .withColumn(_KIND, F.lit(kind.value))
    )
    order = Window.partitionBy(names.KEY).orderBy(F.desc(WEIGHT), F.asc(ITEM))
    placed = summed.withColumn(_PLACE, F.row_number().over(order))
    return placed.where(F.col(_PLACE) <= MOST_OF_KIND[kind]).drop(_PLACE)


def _shares(liked: DataFrame) -> DataFrame:
    whole = F.sum(WEIGHT).over(Window.partitionBy(names.KEY))
    return liked.select(
        names.KEY,
        F.concat_ws(":", _KIND, ITEM).alias(names.MEMBER_ID),
        (F.col(WEIGHT) / whole).alias(names.STRENGTH),
        (F.col(WEIGHT) / (REWARD_UNIT * _UNIT)).alias(names.VALUE),
        names.SUPPORT,
    )


def _prices(products: DataFrame, traits: DataFrame) -> DataFrame:
    """Return mean and spread of the scaled prices of each user's products."""
    priced = traits.where(F.col(names.MEMBER_ID) == PRODUCT_PRICE).select(
        F.col(names.KEY).alias(ITEM),
        # Whole numbers, whose sums have no order.
        F.rint(F.col(names.STRENGTH) * _UNIT).cast("long").alias(_SCALED),
    )
    whole, scaled = F.sum(WEIGHT), F.col(_SCALED)
    mean = F.sum(F.col(WEIGHT) * scaled) / whole
    square = F.sum(F.col(WEIGHT) * scaled * scaled) / whole
    found = (
        products.join(priced, ITEM)
        .groupBy(names.KEY)
        .agg(
            (mean / _UNIT).alias("mean"),
            (F.sqrt(F.greatest(square - mean * mean, F.lit(0.0))) / _UNIT).alias("spread"),
            F.sum(names.SUPPORT).alias(names.SUPPORT),
        )
    )
    return _price_member(found, PRICE_MEAN, F.col("mean")).unionByName(
        _price_member(found, PRICE_SPREAD, F.col("spread"))
    )


def _price_member(found: DataFrame, member: str, value: Column) -> DataFrame:
    return found.select(
        names.KEY,
        F.lit(member).alias(names.MEMBER_ID),
        F.lit(0.0).alias(names.STRENGTH),
        value.alias(names.VALUE),
        names.SUPPORT,
    )
