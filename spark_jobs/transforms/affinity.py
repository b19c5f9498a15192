"""Affinity: what shoppers look at after an item, from the order of views in sessions.

c_d(a, b) counts on how many days shoppers viewed b d views after a, and g_b is b's share of all
views. Who goes to and fro between two products all day counts once, and a visit that crosses
midnight (UTC) is two.

    next(a, b)  = (w + 2 g_b) / (sum_b w + 2),           w = sum_d 0.2^(d-1) c_d, d = 1..3
    lag_k(a, b) = (c + 30 g_b) / (sum_b c + 30) / g_b,   c = sum of c_d over the bucket k

The first is the chance that b comes next (`product_affinity`, `category_affinity`), with a little
of what comes soon after; the second how much likelier than usual b is when a lies some steps
back (`lag_affinity`). Both are shrunk to what everybody views, as if so many more views had been
seen: a pair seen three times is no certainty. Going back to the same item is a step like others.
The numbers were chosen on the first months of a clothing shop's clickstream and measured on the
last (docs/performance.md). Strength is the value against the largest of the list, and half of it
where one shopper alone stands behind it.
"""

from functools import reduce
from operator import add

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.event import EventType
from personalization.domain.prior import LAG_BUCKETS, lag_key
from personalization.domain.repeats import FEWEST_SHOPPERS
from personalization.priors import warehouse as names
from spark_jobs.columns import COUNT, DISTANCES, FOLLOWER, ITEM, SHARE, SHOPPER, WEIGHT
from spark_jobs.transforms.shoppers import confidence

NEXT_DISTANCES = 3
"""Views ahead that say what comes next."""
WEIGHT_UNIT = 5 ** (NEXT_DISTANCES - 1)
"""Weights 1, 0.2, 0.04 as whole numbers: sums of floats depend on their order."""
NEXT_PSEUDO_COUNT = 2 * WEIGHT_UNIT
LAG_PSEUDO_COUNT = 30
NEXT_LIST_SIZE = 60
"""As many as ranking takes into its action set; lists of 50 lose nothing measurable."""
LAG_LIST_SIZE = 100
"""Lists of 50 cost 0.2 points of HR@20."""
FURTHEST = LAG_BUCKETS[-1][1] + 1
"""Where the newest view is the last seen, an item `lag` steps back is lag + 1 before the next."""

BUCKET = "bucket"
"""Number of a lag bucket, 1 being the first."""
_REST = "rest"
_LAGS = "lags"
_STEP = "step"


def viewed_products(interactions: DataFrame) -> DataFrame:
    """Return product views as session_id, shopper, day, occurred_at, event_id, item."""
    views = interactions.where(F.col(names.TYPE) == EventType.PRODUCT_VIEW.value)
    return _sequence(views, names.PRODUCT_ID)


def viewed_categories(interactions: DataFrame) -> DataFrame:
    """Return views of categories and of their products as session_id, shopper, ..., item."""
    views = (EventType.PRODUCT_VIEW.value, EventType.CATEGORY_VIEW.value)
    return _sequence(interactions.where(F.col(names.TYPE).isin(*views)), names.CATEGORY_ID)


def _sequence(views: DataFrame, item: str) -> DataFrame:
    columns = (names.SESSION_ID, SHOPPER, names.DAY, names.OCCURRED_AT, names.EVENT_ID)
    return views.select(*columns, F.col(item).alias(ITEM))


def followers(views: DataFrame, furthest: int) -> DataFrame:
    """Return day, shopper, item, follower and the set of their distances, 1 to `furthest`."""
    view = F.struct(names.OCCURRED_AT, names.EVENT_ID, ITEM)
    visits = (
        views.groupBy(names.DAY, names.SESSION_ID, SHOPPER)
        .agg(F.sort_array(F.collect_list(view)).alias(_STEP))
        .select(names.DAY, SHOPPER, F.col(f"{_STEP}.{ITEM}").alias(_STEP))
    )
    ahead = F.slice(_STEP, F.col("place") + 2, furthest)
    return (
        visits.select(names.DAY, SHOPPER, _STEP, F.posexplode(_STEP).alias("place", ITEM))
        .select(names.DAY, SHOPPER, ITEM, F.posexplode(ahead).alias("later", FOLLOWER))
        .groupBy(names.DAY, SHOPPER, ITEM, FOLLOWER)
        .agg(F.bit_or(F.expr("shiftleft(1, later)")).alias(DISTANCES))
    )


def sum_steps(steps: DataFrame) -> DataFrame:
    """Return follower, item and what stands behind the pair.

    That is the weight of what comes next in 25ths with its shoppers, and for each lag bucket the
    same of what lies further back, as an array. Rows of one follower stay in one partition.
    """
    by_shopper = (
        steps.select(
            FOLLOWER,
            ITEM,
            F.xxhash64(SHOPPER).alias(SHOPPER),
            _next_weight().alias(WEIGHT),
            *(count.alias(f"lag_{number}") for number, count in enumerate(_lag_counts())),
        )
        .repartition(FOLLOWER)
        .groupBy(FOLLOWER, ITEM, SHOPPER)
        .agg(
            *(F.sum(name).alias(name) for name in (WEIGHT, *_lag_names())),
        )
    )
    lags = (_sums(name) for name in _lag_names())
    return by_shopper.groupBy(FOLLOWER, ITEM).agg(
        F.sum(WEIGHT).alias(WEIGHT),
        _shoppers_of(WEIGHT).alias(names.SUPPORT),
        F.array(*lags).alias(_LAGS),
    )


def _lag_names() -> list[str]:
    return [f"lag_{number}" for number in range(len(LAG_BUCKETS))]


def _sums(name: str) -> Column:
    return F.struct(F.sum(name).alias(WEIGHT), _shoppers_of(name).alias(names.SUPPORT))


def _shoppers_of(name: str) -> Column:
    return F.count(F.when(F.col(name) > 0, F.lit(1)))


def _next_weight() -> Column:
    """Return what the distances count, in 25ths; 0 beyond the third."""
    weights = (
        _has(distance) * (WEIGHT_UNIT // 5 ** (distance - 1))
        for distance in range(1, NEXT_DISTANCES + 1)
    )
    whole: Column = reduce(add, weights)
    return whole.cast("long")


def _has(distance: int) -> Column:
    return F.shiftright(DISTANCES, distance - 1).bitwiseAND(1)


def _lag_counts() -> list[Column]:
    """Return how many of the distances are in each bucket."""
    masks = [
        sum(1 << (lag + 1 - 1) for lag in range(first, last + 1)) for first, last in LAG_BUCKETS
    ]
    return [F.bit_count(F.col(DISTANCES).bitwiseAND(mask)).cast("long") for mask in masks]


def companions(pairs: DataFrame) -> DataFrame:
    """Return what was taken together as sums of steps to the next, in both directions.

    For data sets that know what was bought and not what was viewed.
    """
    forth = pairs.select(F.col("a").alias(ITEM), F.col("b").alias(FOLLOWER), SHOPPER, COUNT)
    back = pairs.select(F.col("b").alias(ITEM), F.col("a").alias(FOLLOWER), SHOPPER, COUNT)
    return (
        forth.unionByName(back)
        .groupBy(FOLLOWER, ITEM)
        .agg(
            (F.sum(COUNT) * WEIGHT_UNIT).alias(WEIGHT),
            F.count("*").alias(names.SUPPORT),
        )
    )


def shares(counts: DataFrame) -> DataFrame:
    """Return g: follower and its share of all, of items with their counts."""
    total = counts.agg(F.sum(COUNT).alias("total"))
    return counts.crossJoin(F.broadcast(total)).select(
        F.col(ITEM).alias(FOLLOWER), (F.col(COUNT) / F.col("total")).alias(SHARE)
    )


def count_items(items: DataFrame) -> DataFrame:
    """Return each item with the number of its rows."""
    return items.groupBy(ITEM).agg(F.count("*").alias(COUNT))


def next_members(pairs: DataFrame, minimum_support: int) -> DataFrame:
    """Return item -> what comes next; value: the shrunk probability.

    `pairs` are sums of steps with the followers' shares.
    """
    return with_strength(next_chances(pairs, minimum_support))


def next_chances(pairs: DataFrame, minimum_support: int) -> DataFrame:
    """Return the same before anything is made of the values."""
    following = pairs.where(F.col(WEIGHT) > 0)
    rest = F.sum(WEIGHT).over(Window.partitionBy(ITEM))
    return (
        following.withColumn(_REST, rest)
        .where(F.col(names.SUPPORT) >= minimum_support)
        .select(
            F.col(ITEM).alias(names.KEY),
            F.col(FOLLOWER).alias(names.MEMBER_ID),
            _shrunk(NEXT_PSEUDO_COUNT).alias(names.VALUE),
            names.SUPPORT,
        )
    )


def lag_members(pairs: DataFrame, minimum_support: int) -> DataFrame:
    """Return item, lag bucket -> what the item makes likelier; value: the shrunk lift.

    The key is the item and its bucket, and both are columns too: lists of an item are together.
    """
    by_bucket = Window.partitionBy(ITEM, BUCKET)
    keys = F.create_map(
        *(
            F.lit(key)
            for number in range(1, len(LAG_BUCKETS) + 1)
            for key in (number, lag_key("", number))
        )
    )
    made = (
        pairs.select(ITEM, FOLLOWER, SHARE, F.posexplode(_LAGS).alias("place", "sums"))
        .select(ITEM, FOLLOWER, SHARE, (F.col("place") + 1).alias(BUCKET), "sums.*")
        .where(F.col(WEIGHT) > 0)
        .withColumn(_REST, F.sum(WEIGHT).over(by_bucket))
        .where(F.col(names.SUPPORT) >= minimum_support)
        .select(
            ITEM,
            BUCKET,
            F.concat(F.col(ITEM), keys[F.col(BUCKET)]).alias(names.KEY),
            F.col(FOLLOWER).alias(names.MEMBER_ID),
            (_shrunk(LAG_PSEUDO_COUNT) / F.col(SHARE)).alias(names.VALUE),
            names.SUPPORT,
        )
    )
    return with_strength(made, ITEM, BUCKET)


def _shrunk(pseudo_count: int) -> Column:
    return (F.col(WEIGHT) + F.col(SHARE) * pseudo_count) / (F.col(_REST) + pseudo_count)


def with_strength(members: DataFrame, *by: str) -> DataFrame:
    """Add the strength of members by their value and support, within their key."""
    largest = F.max(names.VALUE).over(Window.partitionBy(*(by or (names.KEY,))))
    return members.withColumn(
        names.STRENGTH,
        F.col(names.VALUE) * confidence(F.col(names.SUPPORT), FEWEST_SHOPPERS) / largest,
    )
