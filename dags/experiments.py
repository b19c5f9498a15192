"""Stops the arms of experiments that lose, and nothing else.

Every hour the running experiments are measured over the histories. An arm whose primary metric is
worse than the control's, or that breaks a guardrail, by bounds that hold at every look, is
stopped: its shoppers get the control's treatment from then on. Nothing is concluded of an
experiment whose arms do not have the numbers of units that they should.
docs/experiments.md says what is measured and how.
"""

from datetime import timedelta

from airflow.sdk import DAG, task

from dags.assets import DECISIONS, HISTORY
from dags.defaults import DEFAULT_ARGS, START_DATE, Tag, late_after
from dags.service import call_service


@task(inlets=[HISTORY, DECISIONS])
def check_experiments() -> list[str]:
    """Measure the running experiments and stop what loses; return a line for each arm."""
    lines: list[str] = call_service("check_experiments")
    return lines


with DAG(
    dag_id="experiments",
    doc_md=__doc__,
    schedule="@hourly",
    start_date=START_DATE,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    deadline=late_after(timedelta(minutes=50)),
    default_args=DEFAULT_ARGS,
    tags=[Tag.EXPERIMENTS.value],
) as dag:
    check_experiments()
