"""What every DAG and task has unless it says otherwise."""

import sys
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from airflow.sdk import Context
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from dags.alerts import report_failure, report_late
from dags.progress import append_progress

START_DATE = datetime(2026, 1, 1, tzinfo=UTC)
PROGRESS_FILE = "progress_file"
"""Key of a run's configuration: the file that takes a line for every change of a task's state."""


class Tag(StrEnum):
    """The closed list of tags."""

    NIGHTLY = "nightly"
    PRIORS = "priors"
    OFF_POLICY = "off-policy"
    EXPERIMENTS = "experiments"
    LEARNING = "learning"
    RETENTION = "retention"
    CATALOGUE = "catalogue"
    QUALITY = "quality"
    WAREHOUSE = "warehouse"
    RECOMMENDATIONS = "recommendations"


def _report(state: str, context: Context) -> None:
    path = (context["dag_run"].conf or {}).get(PROGRESS_FILE)
    if path is None:
        return
    error = context.get("exception")
    reason = str(error) if error is not None else None
    append_progress(Path(path), context["ti"].task_id, state, reason)


def _on_execute(context: Context) -> None:
    _report("running", context)


def _on_success(context: Context) -> None:
    _report("success", context)


def _on_retry(context: Context) -> None:
    _report("retry", context)


def _on_failure(context: Context) -> None:
    _report("failed", context)
    task = context["ti"]
    report_failure(task.dag_id, context["dag_run"].run_id, task.task_id, context.get("exception"))


def _on_skipped(context: Context) -> None:
    _report("skipped", context)


_BY_HAND = ["dags", "test"]
"""The command of Airflow's that runs a DAG without a scheduler."""


def late_after(limit: timedelta) -> DeadlineAlert | None:
    """Return the alert of a run that has not ended so long after it was queued.

    From then on and not from its logical date, which a backfill has long behind it and a run
    that an asset has started does not have. None where `dags test` runs the DAG: no scheduler looks
    at the time then, and at the end of such a run Airflow 3.3 fails over an alert.
    """
    if sys.argv[1:3] == _BY_HAND:
        return None
    callback = SyncCallback(report_late, {"limit": str(limit)})
    return DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, limit, callback)


DEFAULT_ARGS: dict[str, Any] = {
    "owner": "fitting-room",
    "depends_on_past": False,
    "retries": 1,
    "retry_delay": timedelta(seconds=10),
    "execution_timeout": timedelta(hours=1),
    "on_execute_callback": _on_execute,
    "on_success_callback": _on_success,
    "on_retry_callback": _on_retry,
    "on_failure_callback": _on_failure,
    "on_skipped_callback": _on_skipped,
}
