"""The task that runs one Spark job."""

from typing import Any

from airflow.sdk import Context, task

from dags.service import call_service

JOBS = {
    "snapshot_history": "The period's days from Cassandra to Parquet.",
    "count_days": "The days that are new or changed, counted by themselves and kept.",
    "ratings_and_popularity": "Ratings, popularity by region and season; priors by product.",
    "affinities_and_bundles": "What goes with what, and the sessions for the index.",
    "trending_and_arrivals": "What grows or is new.",
    "off_policy": "A day's logged rounds to the sums of every estimate.",
    "load_lists": "The checked lists from Parquet to Cassandra.",
}


def spark_job(name: str, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 (templates)
    """Return the task of a job; a retry runs it again, since jobs may be repeated."""
    run = task(task_id=name, doc_md=JOBS[name], **options)(_run_job)
    return run(name, list(arguments))


def _run_job(name: str, arguments: list[str]) -> None:
    call_service("spark-step", name, arguments=arguments)


def skip_over_files(context: Context) -> None:
    """Skip a task that reads or writes Cassandra where the shop has none."""
    from airflow.sdk.exceptions import AirflowSkipException

    if not context["ti"].xcom_pull(task_ids="export_history", key="keyspace"):
        raise AirflowSkipException("History and priors are files of the home folder.")
