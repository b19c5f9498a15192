"""The task that runs one Spark job."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from airflow.sdk import Asset, Context, task

from dags.assets import DAY_SUMS, GENERATIONS, HISTORY, NIGHT_INPUT, PRIOR_TABLES
from dags.service import call_service


@dataclass(frozen=True, slots=True)
class SparkJob:
    doc: str
    reads: Sequence[Asset] = ()
    writes: Sequence[Asset] = ()


JOBS = {
    "snapshot_history": SparkJob(
        "The period's days from Cassandra to Parquet.", [HISTORY], [NIGHT_INPUT]
    ),
    "count_days": SparkJob(
        "The days that are new or changed, counted by themselves and kept.",
        [NIGHT_INPUT],
        [DAY_SUMS],
    ),
    "ratings_and_popularity": SparkJob(
        "Ratings, popularity by region and season; priors by product.",
        [NIGHT_INPUT, DAY_SUMS],
        [PRIOR_TABLES],
    ),
    "affinities_and_bundles": SparkJob(
        "What goes with what, and the sessions for the index.",
        [NIGHT_INPUT, DAY_SUMS],
        [PRIOR_TABLES],
    ),
    "trending_and_arrivals": SparkJob(
        "What grows or is new.", [NIGHT_INPUT, DAY_SUMS], [PRIOR_TABLES]
    ),
    "off_policy": SparkJob("A day's logged rounds to the sums of every estimate."),
    "load_lists": SparkJob(
        "The checked lists from Parquet to Cassandra.", [PRIOR_TABLES], [GENERATIONS]
    ),
}


def spark_job(name: str, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 (templates)
    """Return the task of a job; a retry runs it again, since jobs may be repeated."""
    job = JOBS[name]
    lineage: dict[str, Any] = {"inlets": list(job.reads), "outlets": list(job.writes)}
    run = task(task_id=name, doc_md=job.doc, **lineage, **options)(_run_job)
    return run(name, list(arguments))


def _run_job(name: str, arguments: list[str]) -> None:
    call_service("spark-step", name, arguments=arguments)


def skip_over_files(context: Context) -> None:
    """Skip a task that reads or writes Cassandra where the shop has none."""
    from airflow.sdk.exceptions import AirflowSkipException

    if not context["ti"].xcom_pull(task_ids="export_history", key="keyspace"):
        raise AirflowSkipException("History and priors are files of the home folder.")
