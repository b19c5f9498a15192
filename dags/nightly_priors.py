"""Makes tonight's priors from the history and the catalogue, checks them, then promotes them.

The history is exported to Parquet, Spark computes ranked lists from it, and only a generation
that is complete, sound and covers enough products is published and promoted; until that moment,
and whenever a task fails, shoppers keep getting the generation that was active before. A second
run over the same input makes the same generation.

Run it for another day with the parameter `run_date`; by default it is the newest day of the
history. Periods and gates are settings (`FITTING_ROOM_NIGHTLY_...`), the Spark master is the
connection `fitting_room_spark`.
"""

from datetime import timedelta

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG, Param, chain, task

from dags.assets import ACTIVE_PRIORS
from dags.defaults import DEFAULT_ARGS, FORMULAS, SPARK_CONNECTION, START_DATE, Tag

NIGHT = "{{ ti.xcom_pull(task_ids='export_history')['%s'] }}"
SPARK_CONF = {
    "spark.driver.memory": NIGHT % "driver_memory",
    "spark.driver.extraJavaOptions": NIGHT % "java_options",
    "spark.log.level": "WARN",
}


def spark_job(name: str, doc: str) -> SparkSubmitOperator:
    """Return the task that submits one job for the night's plan."""
    return SparkSubmitOperator(
        task_id=name,
        name=name,
        doc_md=doc,
        application=str(FORMULAS / "jobs" / f"{name}.py"),
        application_args=[NIGHT % "plan"],
        conn_id=SPARK_CONNECTION,
        conf=SPARK_CONF,
    )


@task
def export_history(params: dict[str, str | None]) -> dict[str, str]:
    """Export changed days of the history and the catalogue to Parquet, and plan the night."""
    from datetime import UTC, date, datetime

    from dags.tasks.night import plan_file_of, start_night
    from dags.wiring import open_stores

    run_date = date.fromisoformat(params["run_date"]) if params["run_date"] else None
    with open_stores() as stores:
        plan = start_night(stores, FORMULAS, run_date, datetime.now(UTC).date())
        return {
            "plan": str(plan_file_of(plan)),
            "driver_memory": stores.nightly.spark_driver_memory,
            "java_options": stores.nightly.spark_java_options,
        }


@task
def check_generation(night: dict[str, str]) -> str:
    """Refuse a generation with a missing table, an unsound list or too few products."""
    from datetime import UTC, datetime
    from pathlib import Path

    from airflow.sdk.exceptions import AirflowFailException

    from dags.tasks import generation_check
    from dags.tasks.night import read_plan
    from dags.wiring import open_stores
    from personalization.domain.errors import GenerationRejectedError

    plan_file = Path(night["plan"])
    building, plan = plan_file.parent, read_plan(plan_file)
    with open_stores() as stores:
        known, active = stores.priors.generations(), stores.priors.active()
        try:
            made = generation_check.check_generation(plan, building, datetime.now(UTC), known)
            generation_check.check_coverage(made, active, stores.nightly.minimum_coverage)
        except GenerationRejectedError as error:
            # Another try would compute the same.
            raise AirflowFailException(str(error)) from error
    return str(generation_check.complete(building, Path(plan.warehouse)))


@task
def publish_generation(folder: str) -> str:
    """Load the generation into the store that the real-time service reads, and register it."""
    from pathlib import Path

    from dags.tasks.publication import publish
    from dags.wiring import open_stores

    with open_stores() as stores:
        return publish(stores.priors, Path(folder)).generation_id


@task(outlets=[ACTIVE_PRIORS])
def promote_generation(generation_id: str) -> str:
    """Make the generation active by one pointer, and discard those that are not kept."""
    from dags.tasks.publication import promote
    from dags.wiring import open_stores
    from personalization.domain.identifiers import GenerationId

    with open_stores() as stores:
        kept, warehouse = stores.nightly.kept_generations, stores.storage.warehouse
        promote(stores.priors, GenerationId(generation_id), kept, warehouse)
    return generation_id


with DAG(
    dag_id="nightly_priors",
    doc_md=__doc__,
    schedule="@daily",
    start_date=START_DATE,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    default_args=DEFAULT_ARGS,
    params={"run_date": Param(None, type=["null", "string"], format="date")},
    tags=[Tag.NIGHTLY.value, Tag.PRIORS.value],
):
    night = export_history()
    worth = spark_job("ratings_and_popularity", "Ratings, and popularity by region and season.")
    together = spark_job("affinities_and_bundles", "What goes with what.")
    moving = spark_job("trending_and_product_priors", "What grows or is new; priors by product.")
    checked = check_generation(night)
    chain(night, worth, moving, checked)
    chain(night, together, checked)
    promote_generation(publish_generation(checked))
