"""Says that a task failed for good, or that a run is late: a line in a file, and a webhook.

The file is `alerts.jsonl` of the home folder, with the one before it beside it. The webhook of
`FITTING_ROOM_NIGHTLY_ALERT_WEBHOOK` gets the same object as JSON; its `text` is a sentence, which
chat programs show. One that does not answer costs five seconds and is a line in the task's log.
"""

import http.client
import json
import logging
import os
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dags.progress import shorten

ALERTS_FILE, FORMER_FILE = "alerts.jsonl", "alerts.1.jsonl"
WEBHOOK = "FITTING_ROOM_NIGHTLY_ALERT_WEBHOOK"
LARGEST_BYTES = 1024 * 1024
_LONGEST_SECONDS = 5.0
_log = logging.getLogger(__name__)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """What went wrong in a shop is told to the host that the shop names, and to no other."""

    def redirect_request(self, *_: object) -> None:
        return None


def report_failure(dag_id: str, run_id: str, task_id: str, error: object) -> None:
    """Say that a task has failed and is not tried again."""
    reason = shorten(str(error)) if error is not None else "no reason is known"
    text = f"{dag_id}: {task_id} failed: {reason}"
    _send({"kind": "failed", "dag": dag_id, "run": run_id, "task": task_id, "text": text})


def report_late(context: dict[str, Any], limit: str) -> None:
    """Say that a run has not succeeded in time; Airflow calls it with the run's description."""
    run = context["dag_run"]
    dag_id, run_id = run["dag_id"], run["dag_run_id"]
    # Airflow calls it of a run that has failed before its limit, too.
    text = f"{dag_id}: {run_id} has not succeeded {limit} after it was queued: {run['state']}"
    _send({"kind": "late", "dag": dag_id, "run": run_id, "text": text})


def _send(alert: dict[str, str]) -> None:
    line = json.dumps({"at": datetime.now(UTC).isoformat(), **alert}).encode()
    _log.warning("%s", alert["text"])
    _append(Path(os.environ.get("FITTING_ROOM_HOME", "var")), line)
    address = os.environ.get(WEBHOOK, "")
    if not address:
        return
    try:
        _post(address, line)
    except (OSError, ValueError, http.client.HTTPException) as error:
        # The address may hold a key: only what went wrong is said.
        _log.warning("The webhook of %s was not told: %s", WEBHOOK, type(error).__name__)


def _append(home: Path, line: bytes) -> None:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = home / ALERTS_FILE
    if path.exists() and path.stat().st_size > LARGEST_BYTES:
        path.replace(home / FORMER_FILE)
    # One write of a line, and the file its owner's alone: several tasks may fail at once.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line + b"\n")
    finally:
        os.close(descriptor)


def _post(address: str, body: bytes) -> None:
    if not address.startswith(("https://", "http://")):
        raise ValueError
    request = urllib.request.Request(  # noqa: S310 (checked above)
        address, body, {"Content-Type": "application/json"}
    )
    opener = urllib.request.build_opener(_NoRedirects)
    with opener.open(request, timeout=_LONGEST_SECONDS):
        pass
