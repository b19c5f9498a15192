"""From events to interactions with products and with categories."""

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from personalization.domain.context import SOUTHERN_REGIONS, season_of
from personalization.domain.event import EventType
from personalization.domain.identifiers import Region
from personalization.priors import warehouse as names
from spark_jobs.columns import SEASON
from spark_jobs.transforms.shoppers import (
    limit_categories,
    limit_products,
    with_shopper,
    without_false_returns,
)

_OF_ORDERS = (EventType.CHECKOUT.value, EventType.REFUND.value)
_ANY_YEAR = 2024
_A_SOUTHERN_REGION = Region("au")


def with_season(events: DataFrame) -> DataFrame:
    """Add the meteorological season of the event's day where the shopper was."""
    month = F.month(names.DAY)
    southern = F.coalesce(F.col(names.REGION).isin(*sorted(SOUTHERN_REGIONS)), F.lit(False))  # noqa: FBT003 (a literal of Spark)
    season = F.when(southern, _season_by_month(month, _A_SOUTHERN_REGION)).otherwise(
        _season_by_month(month, None)
    )
    return events.withColumn(SEASON, season)


def _season_by_month(month: Column, region: Region | None) -> Column:
    pairs = [
        F.lit(value)
        for number in range(1, 13)
        for value in (number, season_of(date(_ANY_YEAR, number, 1), region).value)
    ]
    return F.create_map(*pairs)[month]


def product_interactions(events: DataFrame) -> DataFrame:
    """Return one row per event and product.

    Impressions and looks are no interactions: nobody has to do anything for them, and whoever
    wants to push a product can send any number. Every line of a checkout earns its reward, and
    every line of a refund gives it back. A purchase that is worth nothing, since no server has
    attested it, is none.
    """
    acts = [kind.value for kind in EventType if kind.is_interaction]
    return (
        events.where(F.col(names.TYPE).isin(acts))
        .where(~(F.col(names.TYPE).isin(*_OF_ORDERS) & (F.col(names.REWARD) == 0)))
        .drop(names.CATEGORY_ID)
        .withColumn(names.PRODUCT_ID, F.explode(F.array_distinct(names.PRODUCT_IDS)))
        .drop(names.PRODUCT_IDS)
    )


def of_catalogue(interactions: DataFrame, products: DataFrame) -> DataFrame:
    """Keep what is done with products of the catalogue, and add their categories.

    Spark may send a small catalogue to every task, and does not a large one.
    """
    return interactions.join(products.select(names.PRODUCT_ID, names.CATEGORY_ID), names.PRODUCT_ID)


def category_interactions(events: DataFrame, interactions: DataFrame) -> DataFrame:
    """Return one row per interaction with a product's category, and per category view."""
    views = events.where(F.col(names.TYPE) == EventType.CATEGORY_VIEW.value)
    columns = [column for column in events.columns if column != names.PRODUCT_IDS]
    of_products = interactions.where(F.col(names.CATEGORY_ID).isNotNull())
    return of_products.select(*columns).unionByName(views.select(*columns))


def counted_products(events: DataFrame, products: DataFrame) -> DataFrame:
    """Return the interactions with products that count, each with its shopper."""
    counted = limit_products(product_interactions(with_shopper(events)))
    return without_false_returns(of_catalogue(counted, products))


def counted_categories(events: DataFrame, counted: DataFrame, categories: DataFrame) -> DataFrame:
    """Return the interactions with categories that count, of counted ones with products."""
    interactions = category_interactions(with_shopper(events), counted)
    return limit_categories(interactions).join(categories, names.CATEGORY_ID)
