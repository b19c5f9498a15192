"""Spark's sums of logged rounds lead to the estimates that numpy makes of the same rounds."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession

from nightly.off_policy_day import parquet_of
from personalization.off_policy.estimator import Estimator
from personalization.off_policy.estimators import ESTIMATORS, group_by_session, sums_of
from personalization.off_policy.night import SUMS, PolicySums
from personalization.off_policy.past_log import weigh_by_policy
from personalization.off_policy.reliability import judge
from personalization.off_policy.round_table import RoundTable
from spark_jobs import schemas
from spark_jobs.jobs.off_policy import policy_sums

EXACT = 1e-9
ROUNDS, ACTIONS = 3_000, 12


def a_table(rounds: int = ROUNDS) -> RoundTable:
    """Return rounds with action sets of different sizes, outcomes from -1 to 1, heavy weights."""
    generator = np.random.default_rng(7)
    size = generator.integers(2, ACTIONS + 1, rounds)
    there = np.arange(ACTIONS) < size[:, None]

    def distribution(concentration: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        drawn = generator.gamma(concentration, size=(rounds, ACTIONS)) * there + 1e-9 * there
        return np.asarray(drawn / drawn.sum(axis=1, keepdims=True), dtype=np.float64)

    logging = distribution(0.5)
    chosen = (generator.random((rounds, 1)) > logging.cumsum(axis=1)).sum(axis=1)
    chosen = np.minimum(chosen, size - 1)
    greedy = np.eye(ACTIONS)[np.zeros(rounds, dtype=np.int64)]
    return RoundTable(
        placements=["home"] * rounds,
        strategies=["profile"] * rounds,
        sessions=[f"s{integer}" for integer in generator.integers(0, 400, rounds)],
        reward=np.round(generator.uniform(-1, 1, rounds), 1),
        propensity=logging[np.arange(rounds), chosen],
        chosen=chosen,
        size=size,
        logging=logging,
        predicted=generator.uniform(-1, 1, (rounds, ACTIONS)) * there,
        targets={"drawn": distribution(1.0), "greedy": greedy, "served": logging},
    )


def spark_frame(spark: SparkSession, table: RoundTable, folder: Path) -> DataFrame:
    pq.write_table(parquet_of(table), folder / "rounds.parquet")
    return spark.read.schema(schemas.LOGGED_ROUNDS).parquet(f"file://{folder}/rounds.parquet")


@pytest.fixture(scope="module")
def table() -> RoundTable:
    return a_table()


@pytest.fixture(scope="module")
def sums_by_policy(
    spark: SparkSession, table: RoundTable, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, PolicySums]:
    frame = spark_frame(spark, table, tmp_path_factory.mktemp("rounds"))
    return {sums.policy: sums for sums in policy_sums(frame)}


@pytest.mark.parametrize("policy", ["drawn", "greedy", "served"])
@pytest.mark.parametrize("estimator", Estimator)
def test_estimates_and_errors_are_those_of_numpy(
    sums_by_policy: dict[str, PolicySums], table: RoundTable, policy: str, estimator: Estimator
) -> None:
    rounds = weigh_by_policy([table])[policy]
    expected = sums_of(group_by_session(ESTIMATORS[estimator](rounds), rounds))
    found = sums_by_policy[policy].estimators[estimator]

    assert found.groups == expected.groups
    assert found.value == pytest.approx(expected.value, rel=EXACT, abs=EXACT)
    assert found.standard_error == pytest.approx(expected.standard_error, rel=EXACT, abs=EXACT)


@pytest.mark.parametrize("policy", ["drawn", "greedy", "served"])
def test_weights_and_verdicts_are_those_of_numpy(
    sums_by_policy: dict[str, PolicySums], table: RoundTable, policy: str
) -> None:
    expected, found = weigh_by_policy([table])[policy].weights(), sums_by_policy[policy].weights

    for name in expected.__dataclass_fields__:
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=EXACT), name
    assert judge(Estimator.DR, found).standing is judge(Estimator.DR, expected).standing


def test_some_weights_are_beyond_the_switch(table: RoundTable) -> None:
    rounds = weigh_by_policy([table])["drawn"]

    assert (rounds.weight > 10).sum() > 10


def test_sums_survive_their_file(sums_by_policy: dict[str, PolicySums]) -> None:
    sums = tuple(sums_by_policy.values())

    assert SUMS.decode(SUMS.encode(sums)) == sums


def test_a_day_without_rounds_has_no_sums(spark: SparkSession, tmp_path: Path) -> None:
    assert policy_sums(spark_frame(spark, a_table(0), tmp_path)) == ()
