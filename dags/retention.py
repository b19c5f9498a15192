"""Removes what has been kept long enough.

Once a day, from the embedded log, history and decisions, and from Airflow's own logs. Kafka and
Cassandra remove by themselves; of Kafka only the life of the dead letters is set again, so that a
changed setting holds for a topic that is there already. A night that fails removes more the
next time; nothing else depends on it. docs/running.md says how long what is kept.
"""

from datetime import timedelta

from airflow.sdk import DAG, task

from dags.defaults import DEFAULT_ARGS, START_DATE, Tag, late_after
from dags.service import call_service


@task
def prune_stores() -> list[str]:
    """Remove what is too old from every store; return a line for each."""
    lines: list[str] = call_service("prune_stores")
    return lines


with DAG(
    dag_id="retention",
    doc_md=__doc__,
    schedule="@daily",
    start_date=START_DATE,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    deadline=late_after(timedelta(minutes=30)),
    default_args=DEFAULT_ARGS,
    tags=[Tag.RETENTION.value],
) as dag:
    prune_stores()
