"""The task that submits one Spark job."""

from pathlib import Path
from typing import Any

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import Context

_SPARK_JOBS = Path(__file__).parent.parent / "spark_jobs" / "jobs"
SPARK_CONNECTION = "fitting_room_spark"
"""Airflow connection that says which Spark master runs the jobs."""
JOBS = {
    "snapshot_history": "The period's days from Cassandra to Parquet.",
    "ratings_and_popularity": "Ratings, popularity by region and season; priors by product.",
    "affinities_and_bundles": "What goes with what, and the session index.",
    "trending_and_arrivals": "What grows or is new.",
    "off_policy": "A day's logged rounds to the sums of every estimate.",
    "load_lists": "The checked lists from Parquet to Cassandra.",
}


def spark_job(name: str, *arguments: Any, **options: Any) -> SparkSubmitOperator:  # noqa: ANN401 (templates)
    """Return the task of a job; a retry submits again, since jobs may be repeated."""
    return SparkSubmitOperator(
        task_id=name,
        name=name,
        doc_md=JOBS[name],
        application=str(_SPARK_JOBS / f"{name}.py"),
        application_args=list(arguments),
        conn_id=SPARK_CONNECTION,
        durable=False,
        **options,
    )


def skip_over_files(context: Context) -> None:
    """Skip a task that reads or writes Cassandra where the shop has none."""
    from airflow.sdk.exceptions import AirflowSkipException

    if not context["ti"].xcom_pull(task_ids="export_history", key="keyspace"):
        raise AirflowSkipException("History and priors are files of the home folder.")
