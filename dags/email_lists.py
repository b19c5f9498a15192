"""Writes recommendations for e-mail each time a generation of priors was promoted.

Everybody of the audience gets the rows of one placement, made by the code that answers pages, as
Parquet, CSV or JSON lines in `lists/PLACEMENT` of the home folder. By default these are the people
whom events of the last 30 days name, and the placement `home`: run it by hand, or change the
parameters, for others. A list that a run wrote before is replaced in one step.
docs/email.md has the columns, and how clicks come back.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, task

from dags.assets import ACTIVE_PRIORS, EMAIL_LISTS
from dags.defaults import DEFAULT_ARGS, START_DATE, Tag, late_after
from dags.service import call_service


@task(execution_timeout=timedelta(hours=4), inlets=[ACTIVE_PRIORS], outlets=[EMAIL_LISTS])
def write_list(params: dict[str, Any]) -> str:
    """Make the rows of everybody in the audience; return what was written, in words."""
    return str(call_service("write_list", **params))


with DAG(
    dag_id="email_lists",
    doc_md=__doc__,
    schedule=[ACTIVE_PRIORS],
    start_date=START_DATE,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=5),
    deadline=late_after(timedelta(hours=3)),
    default_args=DEFAULT_ARGS,
    params={
        # It is the name of a folder, too.
        "placement": Param("home", type="string", pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$"),
        "audience": Param("since:30", type="string", minLength=1),
        "format": Param("parquet", type="string", enum=["parquet", "csv", "jsonl"]),
        "count": Param(6, type="integer", minimum=1, maximum=50),
        "processes": Param(1, type="integer", minimum=1, maximum=64),
    },
    tags=[Tag.RECOMMENDATIONS.value],
) as dag:
    write_list()
