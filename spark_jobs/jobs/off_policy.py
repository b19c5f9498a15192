"""Job: a day's logged rounds to the sums from which every off-policy estimate follows."""

from pathlib import Path

import msgspec
from pyspark.sql import DataFrame, SparkSession

from personalization.off_policy import round_columns as names
from personalization.off_policy.estimator import Estimator
from personalization.off_policy.night import SUMS, PolicySums
from personalization.off_policy.weight_summary import WeightSummary
from personalization.statistics.ratio_sums import RatioSums
from spark_jobs import schemas
from spark_jobs.transforms.off_policy import by_policy, ratio_sums, weight_summaries, with_terms


def sum_rounds(spark: SparkSession, day_folder: Path) -> None:
    """Write the sums beside the rounds, in one step."""
    rounds = spark.read.schema(schemas.LOGGED_ROUNDS).parquet(
        f"file://{day_folder / names.ROUNDS_FILE}"
    )
    unfinished = day_folder / f".{names.SUMS_FILE}.unfinished"
    unfinished.write_bytes(SUMS.encode(policy_sums(rounds)))
    unfinished.replace(day_folder / names.SUMS_FILE)


def policy_sums(rounds: DataFrame) -> tuple[PolicySums, ...]:
    """Return the sums of every policy that the rounds ask about, by name."""
    terms = with_terms(by_policy(rounds)).cache()
    weights = {row[names.POLICY]: row for row in weight_summaries(terms).collect()}
    sums: dict[str, dict[Estimator, RatioSums]] = {policy: {} for policy in sorted(weights)}
    for row in ratio_sums(terms).collect():
        estimator = Estimator(row[names.ESTIMATOR])
        sums[row[names.POLICY]][estimator] = msgspec.convert(row.asDict(), RatioSums)
    terms.unpersist()
    return tuple(
        PolicySums(
            policy=policy,
            weights=msgspec.convert(weights[policy].asDict(), WeightSummary),
            estimators={estimator: found[estimator] for estimator in Estimator},
        )
        for policy, found in sums.items()
    )
