"""What is kept of days: the kinds of partials, and their columns."""

from enum import StrEnum

from pyspark.sql.types import (
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from personalization.priors import warehouse as names
from spark_jobs.columns import ACTED, DISTANCES, FOLLOWER, ITEM, SHOPPER, VIEWS, WEIGHT


class PartialKind(StrEnum):
    """Each is a folder, and the columns that `SCHEMAS` has for it."""

    ACTS = "acts"
    """Interactions with products that count of their shopper's day, false returns among them."""
    SHOPPERS = "shoppers"
    """What shoppers' good rewards of a day add up to, by the region that they named, and what they
    did: whether they bought, carted or viewed."""
    CATEGORIES = "categories"
    """Interactions with categories that count, added up for each shopper."""
    STEPS = "steps"
    """Products that a shopper viewed after others, by how many views later."""
    CATEGORY_STEPS = "category_steps"
    OPINIONS = "opinions"
    """Stars given to products."""
    NAMED = "named"
    """What known people did with what they named: variants, where they named some."""
    LOOKS = "looks"
    """Looks at products that were long together."""


_DAY = StructField(names.DAY, DateType())
_SHOPPER = StructField(SHOPPER, StringType())
_SESSION = StructField(names.SESSION_ID, StringType())
_EVENT = StructField(names.EVENT_ID, StringType())
_TYPE = StructField(names.TYPE, StringType())
_OCCURRED_AT = StructField(names.OCCURRED_AT, TimestampType())
_PRODUCT = StructField(names.PRODUCT_ID, StringType())
_REGION = StructField(names.REGION, StringType())
_REWARD = StructField(names.REWARD, LongType())
_WEIGHT = StructField(WEIGHT, LongType())
_ITEM = StructField(ITEM, StringType())
_FOLLOWER = StructField(FOLLOWER, StringType())
_DISTANCES = StructField(DISTANCES, IntegerType())

SCHEMAS: dict[PartialKind, StructType] = {
    PartialKind.ACTS: StructType(
        [_DAY, _SHOPPER, _SESSION, _EVENT, _TYPE, _OCCURRED_AT, _PRODUCT, _REGION, _REWARD]
    ),
    PartialKind.SHOPPERS: StructType(
        [_DAY, _SHOPPER, _REGION, _WEIGHT, StructField(ACTED, IntegerType())]
    ),
    PartialKind.CATEGORIES: StructType(
        [
            _DAY,
            _SHOPPER,
            _REGION,
            StructField(names.CATEGORY_ID, StringType()),
            _WEIGHT,
            StructField(VIEWS, LongType()),
        ]
    ),
    PartialKind.STEPS: StructType([_DAY, _SHOPPER, _ITEM, _FOLLOWER, _DISTANCES]),
    PartialKind.CATEGORY_STEPS: StructType([_DAY, _SHOPPER, _ITEM, _FOLLOWER, _DISTANCES]),
    PartialKind.OPINIONS: StructType(
        [
            _DAY,
            _SHOPPER,
            _SESSION,
            _EVENT,
            _OCCURRED_AT,
            _PRODUCT,
            StructField(names.STARS, DoubleType()),
        ]
    ),
    PartialKind.NAMED: StructType([_DAY, _SHOPPER, _TYPE, _PRODUCT, _REWARD]),
    PartialKind.LOOKS: StructType([_DAY, _SESSION, _EVENT, _OCCURRED_AT, _PRODUCT]),
}
