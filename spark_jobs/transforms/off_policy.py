"""Off-policy estimates as sums: from logged rounds to what every estimator needs.

The formulas are those of `personalization.off_policy.estimators`, which names their papers. Rounds
of a session are summed first, since they depend on each other; what leaves is a line a policy and
estimator, however many rounds there were.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.off_policy import round_columns as names
from personalization.off_policy.estimator import SWITCH_WEIGHT, Estimator
from personalization.off_policy.weight_summary import HEAVIEST_SHARE

WEIGHT = "weight"
RESIDUAL = "residual"
"""Outcome less the prediction for what was shown."""
DIRECT = "direct"
"""The prediction's mean under the target policy."""
UNSUPPORTED = "unsupported"
"""The target's probability of what the log could not show."""
_N = "numerator"
_D = "denominator"
_ROWS = "rows"
_FIELDS = (_N, _D, "numerator_squares", "products", "denominator_squares")
"""Fields of `RatioSums`, beside its number of groups."""


def by_policy(rounds: DataFrame) -> DataFrame:
    """Return one row a round and target policy."""
    return rounds.select(
        *(names.SESSION_ID, names.REWARD, names.PROPENSITY, names.CHOSEN),
        *(names.LOGGING, names.PREDICTED),
        F.explode(names.TARGETS).alias(names.POLICY, names.TARGET),
    )


def with_terms(rounds: DataFrame) -> DataFrame:
    """Reduce the arrays of a round and policy to the four numbers that estimators are made of."""
    shown = F.col(names.CHOSEN)
    return rounds.select(
        *(names.POLICY, names.SESSION_ID, names.REWARD),
        (F.col(names.TARGET)[shown] / F.col(names.PROPENSITY)).alias(WEIGHT),
        (F.col(names.REWARD) - F.col(names.PREDICTED)[shown]).alias(RESIDUAL),
        _total(F.zip_with(names.TARGET, names.PREDICTED, lambda of, by: of * by)).alias(DIRECT),
        _total(
            F.zip_with(
                names.TARGET, names.LOGGING, lambda of, by: F.when(by > 0, 0.0).otherwise(of)
            )
        ).alias(UNSUPPORTED),
    )


def ratio_sums(terms: DataFrame) -> DataFrame:
    """Return, for each policy and estimator, the fields of `RatioSums`."""
    column = F.lit(1.0)
    weight, direct, residual = F.col(WEIGHT), F.col(DIRECT), F.col(RESIDUAL)
    capped = F.when(weight <= SWITCH_WEIGHT, weight).otherwise(0.0)
    parts = {
        Estimator.IPS: (weight * F.col(names.REWARD), column),
        Estimator.SNIPS: (weight * F.col(names.REWARD), weight),
        Estimator.DM: (direct, column),
        Estimator.DR: (direct + weight * residual, column),
        Estimator.SWITCH_DR: (direct + capped * residual, column),
    }
    sessions = terms.groupBy(names.POLICY, names.SESSION_ID).agg(
        *(F.sum(above).alias(f"{name}_{_N}") for name, (above, _) in parts.items()),
        *(F.sum(below).alias(f"{name}_{_D}") for name, (_, below) in parts.items()),
    )
    sums = [column for name in parts for column in _sums(name)]
    wide = sessions.groupBy(names.POLICY).agg(F.count("*").alias("groups"), *sums)
    # Long form by exploding: a union of parts would sum the sessions once for each estimator.
    return wide.select(
        names.POLICY, "groups", F.explode(F.array(*map(_of_estimator, parts))).alias("sums")
    ).select(names.POLICY, "groups", "sums.*")


def _sums(name: Estimator) -> list[Column]:
    above, below = F.col(f"{name}_{_N}"), F.col(f"{name}_{_D}")
    return [
        F.sum(made).alias(f"{name}_sum_{field}")
        for field, made in zip(
            _FIELDS, (above, below, above * above, above * below, below * below), strict=True
        )
    ]


def _of_estimator(name: Estimator) -> Column:
    return F.struct(
        F.lit(name.value).alias(names.ESTIMATOR),
        *(F.col(f"{name}_sum_{field}").alias(field) for field in _FIELDS),
    )


def weight_summaries(terms: DataFrame) -> DataFrame:
    """Return, for each policy, the fields of `WeightSummary`."""
    weight, engaged = F.col(WEIGHT), F.col(names.REWARD) > 0
    sums = terms.groupBy(names.POLICY).agg(
        F.count("*").alias("rounds"),
        F.countDistinct(names.SESSION_ID).alias("sessions"),
        F.sum(weight).alias("total"),
        F.sum(weight * weight).alias("squares"),
        F.max(weight).alias("largest"),
        F.sum(F.when(weight > SWITCH_WEIGHT, weight).otherwise(0.0)).alias("switched"),
        F.sum(F.when(engaged, weight).otherwise(0.0)).alias("engaged_total"),
        F.sum(F.when(engaged, weight * weight).otherwise(0.0)).alias("engaged_squares"),
        F.avg(UNSUPPORTED).alias(UNSUPPORTED),
    )
    return sums.join(_heaviest(terms, sums), names.POLICY)


def _heaviest(terms: DataFrame, sums: DataFrame) -> DataFrame:
    """Return the sum of the 1 % largest weights of each policy.

    Equal weights are counted together first: an epsilon-greedy log has few different ones, and a
    window over rounds would hold all of them in one task.
    """
    counts = terms.groupBy(names.POLICY, WEIGHT).agg(F.count("*").alias(_ROWS))
    window = "PARTITION BY policy ORDER BY weight DESC ROWS BETWEEN UNBOUNDED PRECEDING"
    above = F.expr(f"COALESCE(SUM(rows) OVER ({window} AND 1 PRECEDING), 0)")
    # As Python rounds: half to even.
    wanted = F.greatest(F.lit(1), F.bround(F.col("rounds") * HEAVIEST_SHARE).cast("long"))
    taken = F.least(F.col(_ROWS), F.greatest(F.lit(0), F.col("wanted") - F.col("above")))
    return (
        counts.withColumn("above", above)
        .join(sums.select(names.POLICY, wanted.alias("wanted")), names.POLICY)
        .groupBy(names.POLICY)
        .agg(F.sum(F.col(WEIGHT) * taken).alias("heaviest"))
    )


def _total(numbers: Column) -> Column:
    return F.aggregate(numbers, F.lit(0.0), lambda so_far, column: so_far + column)
