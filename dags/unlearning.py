"""Trains the models again without erased sessions, on the nights on which such an erasure waits.

An erasure waits where the kept rounds have some of an erased session, or where the models learned
from rounds that are no longer kept and anybody may be among them (docs/models.md). Other nights are
skipped. The result is, to the byte, a model that was taught the kept rounds without theirs; the
learner goes on meanwhile and starts again from it.

Before promotion the new model is compared with the current one on the last kept rounds. One whose
error is much larger (`FITTING_ROOM_LEARNING_UNLEARNED_WORSE`) is refused: the task fails without
another try, the current model stays and the erasure waits for the next night, or for
`fitting-room model unlearn --accept`.

It has nothing to do with the night's priors, whose application leaves the erased out by itself:
neither waits for the other, and a refusal here keeps no priors back.
"""

from datetime import timedelta

from airflow.sdk import DAG, task

from dags.assets import DECISIONS
from dags.defaults import DEFAULT_ARGS, START_DATE, Tag, late_after
from dags.service import call_service


@task(inlets=[DECISIONS], execution_timeout=timedelta(hours=8))
def unlearn_sessions() -> str:
    """Train the models without erased sessions and promote them, unless none is in them."""
    return str(call_service("unlearn_sessions"))


with DAG(
    dag_id="unlearning",
    doc_md=__doc__,
    schedule="0 5 * * *",
    start_date=START_DATE,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=9),
    deadline=late_after(timedelta(hours=4)),
    default_args=DEFAULT_ARGS,
    tags=[Tag.NIGHTLY.value, Tag.LEARNING.value],
) as dag:
    unlearn_sessions()
