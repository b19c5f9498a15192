"""The jobs by their names, in the one Spark session of a process."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pyspark.sql import SparkSession

from personalization.domain.errors import PersonalizationError
from personalization.settings.cassandra import CassandraSettings
from spark_jobs.jobs import (
    affinities_and_bundles,
    load_lists,
    off_policy,
    ratings_and_popularity,
    report,
    snapshot_history,
    trending_and_arrivals,
)
from spark_jobs.jobs.count_days import count_days
from spark_jobs.keyspace import password_option
from spark_jobs.period import CountedPeriod, period_of
from spark_jobs.session import start_session

Job = Callable[[SparkSession, Sequence[str]], None]
_NAME = "fitting-room night"


class UnknownJobError(PersonalizationError):
    """There is no such Spark job."""


def run_job(name: str, arguments: Sequence[str], master: str, options: Mapping[str, str]) -> None:
    """Run a job in the session of this process, which is started where there is none.

    Options count for the start alone. Raises `UnknownJobError`, and what the job raises.
    """
    job = _JOBS.get(name)
    if job is None:
        raise UnknownJobError(f"There is no Spark job {name}: there are {', '.join(_JOBS)}.")
    job(_session(master, options), arguments)


def _session(master: str, options: Mapping[str, str]) -> SparkSession:
    running = SparkSession.getActiveSession()
    if running is not None:
        return running
    return start_session(_NAME, master, {**options, **password_option(CassandraSettings())})


def _of_period(write: Callable[[CountedPeriod], None]) -> Job:
    def job(spark: SparkSession, arguments: Sequence[str]) -> None:
        write(period_of(spark, Path(arguments[0])))

    return job


def _count_days(spark: SparkSession, arguments: Sequence[str]) -> None:
    count_days(spark, Path(arguments[0]))


_JOBS: Mapping[str, Job] = {
    "snapshot_history": lambda spark, arguments: snapshot_history.snapshot_history(
        spark, Path(arguments[0]), arguments[1]
    ),
    "count_days": _count_days,
    "ratings_and_popularity": _of_period(ratings_and_popularity.write),
    "trending_and_arrivals": _of_period(trending_and_arrivals.write),
    "affinities_and_bundles": _of_period(affinities_and_bundles.write),
    "load_lists": lambda spark, arguments: load_lists.load_lists(
        spark, Path(arguments[0]), arguments[1]
    ),
    "off_policy": lambda spark, arguments: off_policy.sum_rounds(spark, Path(arguments[0])),
    "report": lambda spark, arguments: report.write_report(spark, Path(arguments[0])),
}
