"""Affinity: what shoppers look at after an item, from the order of views in sessions.

c_d(a, b) counts on how many days shoppers viewed b d views after a, and g_b is b's share of all
views. Who goes to and fro between two products all day counts once.

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

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.event import EventType
from personalization.domain.prior import LAG_BUCKETS, lag_key
from personalization.domain.repeats import FEWEST_SHOPPERS, SEVERAL_SHOPPERS
from personalization.priors import warehouse as names
from spark_jobs.columns import COUNT, DISTANCE, FOLLOWER, ITEM, SHARE, SHOPPER, WEIGHT
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

_REST = "rest"


def next_weight(distance: int) -> int:
    """Return what a view `distance` views later counts, in 25ths; 0 beyond the third."""
    return WEIGHT_UNIT // 5 ** (distance - 1) if distance <= NEXT_DISTANCES else 0


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


def are_of_several(views: DataFrame) -> bool:
    """Say whether enough shoppers viewed anything for the order of views to be learned from."""
    return views.select(SHOPPER).distinct().limit(SEVERAL_SHOPPERS).count() == SEVERAL_SHOPPERS


def followers(views: DataFrame, furthest: int) -> DataFrame:
    """Return item, follower, distance (1 to `furthest`) and shopper, once for each day of theirs.

    The count of each row is 1.
    """
    order = Window.partitionBy(names.SESSION_ID).orderBy(names.OCCURRED_AT, names.EVENT_ID)
    ahead = [
        F.struct(
            F.lead(ITEM, distance).over(order).alias(FOLLOWER), F.lit(distance).alias(DISTANCE)
        )
        for distance in range(1, furthest + 1)
    ]
    return (
        views.select(SHOPPER, names.DAY, ITEM, F.array(*ahead).alias("steps"))
        .select(SHOPPER, names.DAY, ITEM, F.explode("steps").alias("step"))
        .select(SHOPPER, names.DAY, ITEM, "step.*")
        .where(F.col(FOLLOWER).isNotNull())
        .distinct()
        .select(ITEM, FOLLOWER, DISTANCE, SHOPPER, F.lit(1).alias(COUNT))
    )


def companions(pairs: DataFrame) -> DataFrame:
    """Return what was taken together as followers at distance 1, in both directions.

    For data sets that know what was bought and not what was viewed.
    """
    rest = (F.lit(1).alias(DISTANCE), SHOPPER, COUNT)
    forth = pairs.select(F.col("a").alias(ITEM), F.col("b").alias(FOLLOWER), *rest)
    back = pairs.select(F.col("b").alias(ITEM), F.col("a").alias(FOLLOWER), *rest)
    return forth.unionByName(back)


def shares(items: DataFrame) -> DataFrame:
    """Return g: follower and its share of all rows."""
    total = items.agg(F.count("*").alias("total"))
    return (
        items.groupBy(F.col(ITEM).alias(FOLLOWER))
        .agg(F.count("*").alias(COUNT))
        .crossJoin(F.broadcast(total))
        .select(FOLLOWER, (F.col(COUNT) / F.col("total")).alias(SHARE))
    )


def next_members(steps: DataFrame, share: DataFrame, minimum_support: int) -> DataFrame:
    """Return item -> what comes next; value: the shrunk probability."""
    return with_strength(next_chances(steps, share, minimum_support))


def next_chances(steps: DataFrame, share: DataFrame, minimum_support: int) -> DataFrame:
    """Return the same before anything is made of the values."""
    distance = F.col(DISTANCE)
    weight = F.lit(0)
    for number in range(1, NEXT_DISTANCES + 1):
        weight = F.when(distance == number, F.lit(next_weight(number))).otherwise(weight)
    pairs = _sum_pairs(steps.where(distance <= NEXT_DISTANCES), F.col(COUNT) * weight)
    value = _shrunk(NEXT_PSEUDO_COUNT)
    return _members(_with_rest(pairs, share), F.col(ITEM), value, minimum_support)


def lag_members(steps: DataFrame, share: DataFrame, minimum_support: int) -> DataFrame:
    """Return item and lag bucket -> what the item makes likelier; value: the shrunk lift."""
    bucket: Column = F.lit(None)
    for number, (first, last) in enumerate(LAG_BUCKETS, start=1):
        inside = F.col(DISTANCE).between(first + 1, last + 1)
        key = F.concat(F.col(ITEM), F.lit(lag_key("", number)))
        bucket = F.when(inside, key).otherwise(bucket)
    inside_buckets = steps.withColumn(ITEM, bucket).where(F.col(ITEM).isNotNull())
    pairs = _sum_pairs(inside_buckets, F.col(COUNT))
    value = _shrunk(LAG_PSEUDO_COUNT) / F.col(SHARE)
    return with_strength(_members(_with_rest(pairs, share), F.col(ITEM), value, minimum_support))


def _sum_pairs(steps: DataFrame, weight: Column) -> DataFrame:
    """Return item, follower, summed weight and the number of shoppers."""
    return (
        steps.groupBy(ITEM, FOLLOWER, SHOPPER)
        .agg(F.sum(weight).alias(WEIGHT))
        .groupBy(ITEM, FOLLOWER)
        .agg(F.sum(WEIGHT).alias(WEIGHT), F.count("*").alias(names.SUPPORT))
    )


def _with_rest(pairs: DataFrame, share: DataFrame) -> DataFrame:
    rest = F.sum(WEIGHT).over(Window.partitionBy(ITEM))
    return pairs.withColumn(_REST, rest).join(F.broadcast(share), FOLLOWER)


def _shrunk(pseudo_count: int) -> Column:
    return (F.col(WEIGHT) + F.col(SHARE) * pseudo_count) / (F.col(_REST) + pseudo_count)


def _members(pairs: DataFrame, key: Column, value: Column, minimum_support: int) -> DataFrame:
    return pairs.where(F.col(names.SUPPORT) >= minimum_support).select(
        key.alias(names.KEY),
        F.col(FOLLOWER).alias(names.MEMBER_ID),
        value.alias(names.VALUE),
        names.SUPPORT,
    )


def with_strength(members: DataFrame) -> DataFrame:
    """Add the strength of members by their value and support."""
    largest = F.max(names.VALUE).over(Window.partitionBy(names.KEY))
    return members.withColumn(
        names.STRENGTH,
        F.col(names.VALUE) * confidence(F.col(names.SUPPORT), FEWEST_SHOPPERS) / largest,
    )
