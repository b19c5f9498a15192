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
from pathlib import Path

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
    from dags.tasks.nightly_steps import export

    return export(params["run_date"], FORMULAS)


@task
def check_generation(night: dict[str, str]) -> str:
    """Refuse a generation with a missing table, an unsound list or too few products."""
    from airflow.sdk.exceptions import AirflowFailException

    from dags.tasks.nightly_steps import check
    from personalization.domain.errors import GenerationRejectedError

    try:
        return check(Path(night["plan"]))
    except GenerationRejectedError as error:
        # Another try would compute the same.
        raise AirflowFailException(str(error)) from error


@task
def publish_generation(folder: str) -> str:
    """Load the generation into the store that the real-time service reads, and register it."""
    from dags.tasks.nightly_steps import publish_folder

    return publish_folder(Path(folder))


@task(outlets=[ACTIVE_PRIORS])
def promote_generation(generation_id: str) -> str:
    """Make the generation active by one pointer, and discard those that are not kept."""
    from dags.tasks.nightly_steps import promote_id

    return promote_id(generation_id)


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
) as dag:
    night = export_history()
    worth = spark_job("ratings_and_popularity", "Ratings, and popularity by region and season.")
    together = spark_job("affinities_and_bundles", "What goes with what.")
    moving = spark_job("trending_and_product_priors", "What grows or is new; priors by product.")
    checked = check_generation(night)
    chain(night, worth, moving, checked)
    chain(night, together, checked)
    promote_generation(publish_generation(checked))
