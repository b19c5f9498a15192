"""What a viewed product says of the products that come after it, next and some steps later.

Let C_l(x, a) count how often a was viewed l + 1 steps after x in a session (a repeated view of
x counts too), and g(a) be a's share of all views.

    M(x, a)   = C_0 + C_1 / 5 + C_2 / 25
    A(x, a)   = (M(x, a) + 2 g(a)) / (sum_a M(x, a) + 2)              product_affinity
    C_b(x, a) = sum of C_l over the lags of bucket b
    R_b(x, a) = (C_b(x, a) + 30 g(a)) / (sum_a C_b(x, a) + 30) / g(a)  lag_affinity

A is a chance, shrunk towards popularity; R a lift (chance against popularity), which is what an
older view adds to a newer one. `value` is A or R, `strength` is scaled to a row's largest of 1.
The weights and pseudo-counts were chosen on a clothing shop's clickstream (docs/performance.md).
"""

from functools import reduce

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from personalization.domain import warehouse as names
from personalization.domain.relevance import LAG_BUCKETS
from spark_jobs.columns import COUNT, FOLLOWER, ITEM, LAG, SHARE, WEIGHT

STEP_WEIGHTS = (25, 5, 1)
"""Of the next view, the one after, and the third, in 25ths: whole, since float sums depend on
their order."""
STEP_UNIT = 25
NEXT_PSEUDO_COUNT = 2
LAG_PSEUDO_COUNT = 30
NEXT_LIST_SIZE = 60
"""The ranking considers this many of what may follow the newest product."""
LAG_LIST_SIZE = 100
"""An older product only reweights what may follow the newest: a shorter list cost 0.15 points
of hit rate."""
_LONGEST_LAG = LAG_BUCKETS[-1][1]
_BUCKET = "bucket"


def transitions(views: DataFrame) -> DataFrame:
    """Return item, follower, lag (0 is the next view) and count over all sessions."""
    order = Window.partitionBy(names.SESSION_ID).orderBy(names.OCCURRED_AT, names.EVENT_ID)
    ahead = [
        F.struct(F.lead(ITEM, lag + 1).over(order).alias(FOLLOWER), F.lit(lag).alias(LAG))
        for lag in range(_LONGEST_LAG + 1)
    ]
    return (
        views.select(ITEM, F.array(*ahead).alias("steps"))
        .select(ITEM, F.explode("steps").alias("step"))
        .select(ITEM, "step.*")
        .where(F.col(FOLLOWER).isNotNull())
        .groupBy(ITEM, FOLLOWER, LAG)
        .agg(F.count("*").alias(COUNT))
    )


def view_shares(views: DataFrame) -> DataFrame:
    """Return follower and share: each item's part of all views."""
    counts = views.groupBy(F.col(ITEM).alias(FOLLOWER)).agg(F.count("*").alias(COUNT))
    total = F.sum(COUNT).over(Window.partitionBy())
    return counts.select(FOLLOWER, (F.col(COUNT) / total).alias(SHARE))


def next_affinities(pairs: DataFrame, shares: DataFrame, minimum_support: int) -> DataFrame:
    """Return product -> what may come next; `minimum_support` counts the pair at any step."""
    steps = F.array(*(F.lit(weight).cast("long") for weight in STEP_WEIGHTS))
    weighted = (
        pairs.where(F.col(LAG) < len(STEP_WEIGHTS))
        .withColumn(WEIGHT, F.col(COUNT) * steps[F.col(LAG)])
        .groupBy(F.col(ITEM).alias(names.KEY), FOLLOWER)
        .agg(F.sum(WEIGHT).alias(WEIGHT), F.sum(COUNT).alias(names.SUPPORT))
    )
    row = Window.partitionBy(names.KEY)
    mass = F.col(WEIGHT) / STEP_UNIT
    total = F.sum(WEIGHT).over(row) / STEP_UNIT
    chance = (mass + NEXT_PSEUDO_COUNT * F.col(SHARE)) / (total + NEXT_PSEUDO_COUNT)
    return _members(
        weighted.join(F.broadcast(shares), FOLLOWER).withColumn(names.VALUE, chance),
        minimum_support,
    )


def lag_affinities(pairs: DataFrame, shares: DataFrame, minimum_support: int) -> DataFrame:
    """Return product@bucket -> what shoppers are drawn to that many steps later."""
    bucket = reduce(
        lambda found, one: found.when(F.col(LAG).between(*one[1]), F.lit(one[0])),
        enumerate(LAG_BUCKETS, start=1),
        F.when(F.lit(False), F.lit(0)),  # noqa: FBT003 (a literal of Spark)
    )
    counted = (
        pairs.withColumn(_BUCKET, bucket)
        .where(F.col(_BUCKET).isNotNull())
        .groupBy(F.concat_ws("@", ITEM, _BUCKET).alias(names.KEY), FOLLOWER)
        .agg(F.sum(COUNT).alias(names.SUPPORT))
    )
    total = F.sum(names.SUPPORT).over(Window.partitionBy(names.KEY))
    share = F.col(SHARE)
    lift = (F.col(names.SUPPORT) + LAG_PSEUDO_COUNT * share) / (total + LAG_PSEUDO_COUNT) / share
    return _members(
        counted.join(F.broadcast(shares), FOLLOWER).withColumn(names.VALUE, lift), minimum_support
    )


def _members(valued: DataFrame, minimum_support: int) -> DataFrame:
    strongest = F.max(names.VALUE).over(Window.partitionBy(names.KEY))
    return valued.where(F.col(names.SUPPORT) >= minimum_support).select(
        names.KEY,
        F.col(FOLLOWER).alias(names.MEMBER_ID),
        (F.col(names.VALUE) / strongest).alias(names.STRENGTH),
        names.VALUE,
        names.SUPPORT,
    )
