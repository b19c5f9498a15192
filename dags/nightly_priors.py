"""Makes tonight's priors from the history and the catalogue, checks them, then promotes them.

The history is exported to Parquet, days that are new or changed are counted and their sums kept
(`count_days`), ranked lists are made of the sums of the period, and only a generation
that is complete, sound and covers enough products is published and promoted; until that moment,
and whenever a task fails, shoppers keep getting the generation that was active before. A second
run over the same input makes the same generation.

All steps of a night are done by one process with one Spark application, which the first step
starts; the steps ask it, one after the other. A step that is tried again, or cleared later, starts
another where that one is gone (docs/spark.md).

Where the history is in Cassandra, Spark itself reads the period (`snapshot_history`) and writes
the checked lists (`load_lists`); over files these two are skipped. All between is the same.

A scheduled run ends on the newest day of the history up to the last whole day before its time; a
run that is started by hand may end today. The parameter `run_date` names another day, today at
the latest. Events after today are left out and counted, those of erased sessions are left out
(docs/ranking.md). A generation that ends before the active one does is a backfill (also one of
Airflow's own backfills, or of a run that is caught up): it is kept and not promoted, unless the
parameter `promote` asks for it.

Before promotion gates judge what came in and what was made (docs/data-quality.md), such as a day
that lost half of its events. A night that one of them stops is refused with a table of what was
wrong and what to do; `accept` names gates whose finding is right, `accept_smaller` that of size.
Periods, gates and the Spark master are settings (`FITTING_ROOM_NIGHTLY_...`, docs/spark.md).
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, TriggerRule, chain, get_current_context, task, teardown

from dags.assets import ACTIVE_PRIORS, CATALOGUE, GENERATIONS, HISTORY, NIGHT_INPUT, PRIOR_TABLES
from dags.defaults import DEFAULT_ARGS, START_DATE, Tag, late_after
from dags.run_days import newest_day_of
from dags.service import call_service
from dags.spark_job import skip_over_files, spark_job


@task(inlets=[HISTORY, CATALOGUE], outlets=[NIGHT_INPUT])
def export_history(params: dict[str, Any]) -> dict[str, Any]:
    """Export the catalogue, and the history unless it is in Cassandra, to Parquet."""
    until = newest_day_of(get_current_context()["dag_run"])
    night: dict[str, Any] = call_service("export_history", **params, until=until.isoformat())
    return night


@task(trigger_rule=TriggerRule.NONE_FAILED)
def plan_night(request: str) -> str:
    """Give the generation its id, by what was exported, and say what is computed for it."""
    return str(call_service("plan_night", request=request))


@task(inlets=[NIGHT_INPUT], outlets=[PRIOR_TABLES])
def index_sessions(plan_file: str) -> int:
    """Make the session index of the sessions that Spark left, and fit what ranks by it."""
    return int(call_service("index_sessions", plan=plan_file))


@task(inlets=[PRIOR_TABLES])
def check_generation(plan_file: str) -> str:
    """Refuse a generation that lacks a table, is unsound, or is far from the active one."""
    return str(call_service("check_generation", plan=plan_file))


@task(trigger_rule=TriggerRule.NONE_FAILED, inlets=[PRIOR_TABLES], outlets=[GENERATIONS])
def publish_generation(folder: str) -> str:
    """Register the generation with the store, its lists loaded first where Spark has not."""
    return str(call_service("publish_generation", folder=folder))


@task(inlets=[GENERATIONS], outlets=[ACTIVE_PRIORS])
def promote_generation(generation_id: str) -> str:
    """Make the generation active by one pointer unless it is a backfill; discard old ones."""
    return str(call_service("promote_generation", generation_id=generation_id))


@teardown
@task(retries=0)
def end_night() -> None:
    """End the night's application; without this step it ends by itself after ten idle minutes."""
    call_service("end_night")


with DAG(
    dag_id="nightly_priors",
    doc_md=__doc__,
    schedule="@daily",
    start_date=START_DATE,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    deadline=late_after(timedelta(hours=2)),
    default_args=DEFAULT_ARGS,
    params={
        "run_date": Param(None, type=["null", "string"], format="date"),
        "promote": Param(False, type="boolean"),  # noqa: FBT003 (a parameter of Airflow)
        "accept_smaller": Param(False, type="boolean"),  # noqa: FBT003
        "accept": Param([], type="array", items={"type": "string"}),
    },
    tags=[Tag.NIGHTLY.value, Tag.PRIORS.value],
) as dag:
    night = export_history()
    keyspace, over = night["keyspace"], {"pre_execute": skip_over_files}
    plan = plan_night(night["request"])
    checked = check_generation(plan)
    published = publish_generation(checked)
    snapshot = spark_job("snapshot_history", night["request"], keyspace, **over)
    counted = spark_job("count_days", plan)
    worth = spark_job("ratings_and_popularity", plan)
    moving = spark_job("trending_and_arrivals", plan)
    together = spark_job("affinities_and_bundles", plan)
    indexed = index_sessions(plan)
    loaded = spark_job("load_lists", checked, keyspace, **over)
    chain(snapshot, plan)
    # One after the other: they share what the first of them counts.
    chain(counted, worth, moving, together, indexed, checked)
    chain(loaded, published)
    chain(promote_generation(published), end_night())
