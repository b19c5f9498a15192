"""Writes the days before today into Parquet tables for the shop's own warehouse.

Each night the days of the history that are not there yet, and the last three again, since events
may come late: events, decisions, slates and profiles (`tables/` in the home folder). A file whose
rows are the same is left alone. docs/warehouse.md has every column.
"""

from datetime import timedelta

from airflow.sdk import DAG, task

from dags.assets import DECISIONS, HISTORY, WAREHOUSE_TABLES
from dags.defaults import DEFAULT_ARGS, START_DATE, Tag, late_after
from dags.service import call_service


@task(inlets=[HISTORY, DECISIONS], outlets=[WAREHOUSE_TABLES])
def write_tables() -> list[str]:
    """Write the days that are lacking; return a line for each file that is new or gone."""
    lines: list[str] = call_service("write_tables")
    return lines


with DAG(
    dag_id="warehouse_tables",
    doc_md=__doc__,
    schedule="0 3 * * *",
    start_date=START_DATE,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    deadline=late_after(timedelta(hours=2)),
    default_args=DEFAULT_ARGS,
    tags=[Tag.NIGHTLY.value, Tag.WAREHOUSE.value],
) as dag:
    write_tables()
