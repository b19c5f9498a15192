"""Estimates what other policies would have been worth where yesterday's shoppers looked.

Yesterday's impressions are exported with their outcomes, by the learner's own rules, and with
what each policy would have shown; Spark makes sums of them, and a report of values, intervals
and verdicts is written into the warehouse (`off_policy/day=.../report.json`), where each day's is
kept. A second run over the same history and snapshot writes the same report.
docs/off_policy.md says how to read it.

It runs at three, when the outcome window (`FITTING_ROOM_LEARNING_OUTCOME_WINDOW_SECONDS`) of
everything shown before midnight has passed. Run it for another day with the parameter `run_date`,
today at the latest; a backfill of Airflow's takes the day before the one it stands for.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, chain, get_current_context, task

from dags.assets import DECISIONS, HISTORY, OFF_POLICY_REPORT
from dags.defaults import DEFAULT_ARGS, START_DATE, Tag, late_after
from dags.run_days import last_whole_day
from dags.service import call_service
from dags.spark_job import spark_job


@task(inlets=[HISTORY, DECISIONS])
def export_rounds(params: dict[str, str | None]) -> dict[str, Any]:
    """Export the day's impressions with outcomes and what each policy would have shown."""
    newest = last_whole_day(get_current_context()["dag_run"])
    day: dict[str, Any] = call_service("export_rounds", **params, newest=newest.isoformat())
    return day


@task(outlets=[OFF_POLICY_REPORT])
def write_report(folder: str) -> str:
    """Write values, intervals and verdicts of what Spark summed; return the report's file."""
    return str(call_service("write_report", folder=folder))


with DAG(
    dag_id="nightly_off_policy",
    doc_md=__doc__,
    schedule="0 3 * * *",
    start_date=START_DATE,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    deadline=late_after(timedelta(hours=2)),
    default_args=DEFAULT_ARGS,
    params={"run_date": Param(None, type=["null", "string"], format="date")},
    tags=[Tag.NIGHTLY.value, Tag.OFF_POLICY.value],
) as dag:
    day = export_rounds()
    summed = spark_job("off_policy", day["folder"])
    chain(summed, write_report(day["folder"]))
