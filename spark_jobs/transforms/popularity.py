"""Popularity: what shoppers interact with, everywhere, by region, by season, by category.

Let w be summed rewards over the period, and n the number of shoppers that they come from.
Globally the strength of item i is w_i / max w * min(n_i, 3) / 3: one shopper alone makes nothing
popular, however often they come.
Within a scope s (a region or a season) few events must not decide alone, so shares are
Dirichlet posteriors: region towards national towards category,

    g_i  = (w_i + B * m_i) / (W + B),       m_i the mean share of the products of i's category
    p_si = (w_si * min(n_si, 3) / 3 + A * g_i) / (W_s + A),    strength = p_si / max_i p_si

with pseudo-counts A and B in rewards, the standard empirical Bayes estimate of a multinomial
with a Dirichlet prior (Gelman et al., Bayesian Data Analysis, section 3.4).
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from personalization.domain.prior import GLOBAL_SCOPE
from personalization.priors import warehouse as names
from personalization.priors.warehouse import REWARD_UNIT
from spark_jobs.columns import GROUP, ITEM, SCOPE, SHARE, WEIGHT
from spark_jobs.transforms.shoppers import confidence

SCOPE_PSEUDO_COUNT = 500 * REWARD_UNIT
"""A: a region or season needs this much reward (500 product views) to count as much as all."""
GROUP_PSEUDO_COUNT = 20 * REWARD_UNIT
"""B: the nation's counts of an item are complete enough; this only smooths the rarest."""

SCOPE_CANDIDATES = 500
"""The nation's strongest that every scope considers, even unseen there."""

_ITEM_COLUMNS = (SCOPE, ITEM, GROUP, WEIGHT, names.SUPPORT)


def counted_sales(products: DataFrame, item: str) -> DataFrame:
    """Take last month's sales figures of the catalogue as global counts, by product or category.

    For catalogues that come without a history.
    """
    bought = F.sum(names.BOUGHT_LAST_MONTH)
    return (
        products.groupBy(F.col(item).alias(ITEM), F.col(names.CATEGORY_ID).alias(GROUP))
        .agg((bought * REWARD_UNIT).alias(WEIGHT), bought.alias(names.SUPPORT))
        .where(F.col(WEIGHT) > 0)
        .withColumn(SCOPE, F.lit(GLOBAL_SCOPE))
        .select(*_ITEM_COLUMNS)
    )


def strongest_in(counts: DataFrame, key: str) -> DataFrame:
    """Return the members of each `key` (scope or group) with strength w / max w of the key."""
    return _members_of(counts, key, F.max(WEIGHT).over(Window.partitionBy(key)))


def _members_of(counts: DataFrame, key: str, whole: Column) -> DataFrame:
    return counts.select(
        F.col(key).alias(names.KEY),
        F.col(ITEM).alias(names.MEMBER_ID),
        (_trusted_weight() / whole).alias(names.STRENGTH),
        (F.col(WEIGHT) / REWARD_UNIT).alias(names.VALUE),
        F.col(names.SUPPORT),
    )


def _trusted_weight() -> Column:
    return F.col(WEIGHT) * confidence(F.col(names.SUPPORT))


def national_shares(counts: DataFrame) -> DataFrame:
    """Return each item's global share, shrunk towards the mean share of its group.

    g_i = (w_i + B * m_i) / (W + B), where m_i = (w_group / W) / (items of the group).
    """
    total = F.sum(WEIGHT).over(Window.partitionBy(SCOPE))
    of_group = Window.partitionBy(SCOPE, GROUP)
    mean = F.sum(WEIGHT).over(of_group) / total / F.count("*").over(of_group)
    share = (_trusted_weight() + mean * GROUP_PSEUDO_COUNT) / (total + GROUP_PSEUDO_COUNT)
    return counts.select(ITEM, share.alias(SHARE))


def share_in(counts: DataFrame, key: str) -> DataFrame:
    """Return product -> its share of the weight of its `key` (scope or group)."""
    return _members_of(counts, key, F.sum(WEIGHT).over(Window.partitionBy(key)))


def scoped_shares(counts: DataFrame, national: DataFrame) -> DataFrame:
    """Return scope -> items with their shrunk shares as strengths.

    Candidates are what the scope has seen, and the nation's first `SCOPE_CANDIDATES`: nothing
    else can reach the first places, so no product of a large catalogue has to meet every region.
    """
    totals = counts.groupBy(SCOPE).agg(F.sum(WEIGHT).alias("total"))
    leaders = national.orderBy(F.desc(SHARE), ITEM).limit(SCOPE_CANDIDATES).select(ITEM)
    seen = counts.select(SCOPE, ITEM, WEIGHT, names.SUPPORT)
    nothing = F.lit(0).cast("long")
    candidates = seen.unionByName(
        totals.select(SCOPE)
        .crossJoin(F.broadcast(leaders))
        .join(seen, [SCOPE, ITEM], "left_anti")
        .withColumns({WEIGHT: nothing, names.SUPPORT: nothing})
    )
    prior = F.col(SHARE) * SCOPE_PSEUDO_COUNT
    return (
        candidates.join(national, ITEM)
        .join(F.broadcast(totals), SCOPE)
        .select(
            F.col(SCOPE).alias(names.KEY),
            F.col(ITEM).alias(names.MEMBER_ID),
            ((_trusted_weight() + prior) / (F.col("total") + SCOPE_PSEUDO_COUNT)).alias(
                names.STRENGTH
            ),
            (F.col(WEIGHT) / REWARD_UNIT).alias(names.VALUE),
            F.col(names.SUPPORT),
        )
    )


def against_strongest(shares: DataFrame) -> DataFrame:
    """Divide strengths by the largest of their key."""
    largest = F.max(names.STRENGTH).over(Window.partitionBy(names.KEY))
    return shares.withColumn(names.STRENGTH, F.col(names.STRENGTH) / largest)
