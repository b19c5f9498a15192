"""Reports what the gates said of the last night, each day.

The verdicts of the active generation, or of a night that was refused after it, are printed and
written into the warehouse (`data_quality/day=....json`, the newest 400 days). Nothing is measured
again, and nothing is stopped: the gates do that in the night itself. docs/data-quality.md says
what each of them looks at.
"""

from datetime import timedelta

from airflow.sdk import DAG, task

from dags.assets import GENERATIONS, QUALITY_REPORT
from dags.defaults import DEFAULT_ARGS, START_DATE, Tag, late_after
from dags.service import call_service


@task(inlets=[GENERATIONS], outlets=[QUALITY_REPORT])
def report_quality() -> list[str]:
    """Write what the gates said last; return a line for each gate that did not simply pass."""
    lines: list[str] = call_service("report_quality")
    return lines


with DAG(
    dag_id="data_quality",
    doc_md=__doc__,
    schedule="0 5 * * *",
    start_date=START_DATE,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    deadline=late_after(timedelta(minutes=30)),
    default_args=DEFAULT_ARGS,
    tags=[Tag.NIGHTLY.value, Tag.QUALITY.value],
) as dag:
    report_quality()
