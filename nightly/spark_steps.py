"""Runs a Spark job in this process's session, which is started when the first one needs it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from nightly.night_spark import night_session
from nightly.spark_options import Machine, NightSize, connector_options, spark_options
from personalization.domain.errors import PersonalizationError
from personalization.priors import warehouse as names
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.nightly import NightlySettings
from personalization.settings.storage import StorageSettings
from spark_jobs.jobs import (
    affinities_and_bundles,
    load_lists,
    off_policy,
    ratings_and_popularity,
    snapshot_history,
    trending_and_arrivals,
)
from spark_jobs.jobs.count_days import count_days
from spark_jobs.period import CountedPeriod, period_of

Job = Callable[[SparkSession, Sequence[str]], None]


class UnknownSparkStepError(PersonalizationError):
    """There is no such Spark job."""


def run_spark_step(name: str, arguments: Sequence[str]) -> None:
    """Run a job; raises `UnknownSparkStepError`, and what the job and the start of Spark raise."""
    job = _JOBS.get(name)
    if job is None:
        raise UnknownSparkStepError(f"There is no Spark job {name}: there are {', '.join(_JOBS)}.")
    nightly, warehouse = NightlySettings(), StorageSettings().warehouse.resolve()
    warehouse.mkdir(parents=True, exist_ok=True)
    options = spark_options(nightly, night_size(warehouse), Machine.of_now(warehouse))
    spark = night_session({**options, **connector_options(nightly, CassandraSettings().patient())})
    job(spark, arguments)


def night_size(warehouse: Path) -> NightSize:
    """Return how much the warehouse's last request asks to be counted."""
    request, products = warehouse / names.REQUEST_FILE, warehouse / names.PRODUCTS_FILE
    return NightSize(
        events=names.read_request(warehouse).events if request.exists() else 0,
        products=pq.read_metadata(products).num_rows if products.exists() else 0,
    )


def _of_period(write: Callable[[CountedPeriod], None]) -> Job:
    def job(spark: SparkSession, arguments: Sequence[str]) -> None:
        write(period_of(spark, Path(arguments[0])))

    return job


_JOBS: Mapping[str, Job] = {
    "snapshot_history": lambda spark, arguments: snapshot_history.snapshot_history(
        spark, Path(arguments[0]), arguments[1]
    ),
    "count_days": lambda spark, arguments: count_days(spark, Path(arguments[0])),
    "ratings_and_popularity": _of_period(ratings_and_popularity.write),
    "trending_and_arrivals": _of_period(trending_and_arrivals.write),
    "affinities_and_bundles": _of_period(affinities_and_bundles.write),
    "load_lists": lambda spark, arguments: load_lists.load_lists(
        spark, Path(arguments[0]), arguments[1]
    ),
    "off_policy": lambda spark, arguments: off_policy.sum_rounds(spark, Path(arguments[0])),
}
