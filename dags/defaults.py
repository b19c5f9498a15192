"""What every DAG and task has unless it says otherwise."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from airflow.sdk import Context

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
    RETENTION = "retention"
    CATALOGUE = "catalogue"
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


def _on_skipped(context: Context) -> None:
    _report("skipped", context)


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
