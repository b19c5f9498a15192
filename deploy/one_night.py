# ruff: noqa: INP001 - a script of the images, not a part of a package
"""Has Airflow make one night's priors now, waits for them, and ends with 0 if they came to be."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime

DAG = "nightly_priors"
LOOK_SECONDS = 10
LONGEST_SECONDS = 4 * 3600
"""As long as the DAG itself may take."""


def airflow(*words: str) -> str:
    """Return what a command of Airflow's prints."""
    return subprocess.run(  # noqa: S603 - words of ours
        ["airflow", *words],  # noqa: S607 - of the image's own environment
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def state_of(run_id: str) -> str:
    said = airflow("dags", "list-runs", DAG, "--output", "json").splitlines()
    # Warnings are printed above it.
    runs = json.loads(next(line for line in reversed(said) if line.startswith("[")))
    return next((run["state"] for run in runs if run["run_id"] == run_id), "unknown")


def main() -> int:
    run_id = f"asked_for_{datetime.now(UTC):%Y%m%dT%H%M%S}"
    airflow("dags", "unpause", "--yes", DAG)
    airflow("dags", "trigger", DAG, "--run-id", run_id)
    deadline = time.monotonic() + LONGEST_SECONDS
    state = "queued"
    while state not in {"success", "failed"} and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        state = state_of(run_id)
        sys.stdout.write(f"{DAG} {run_id}: {state}\n")
        sys.stdout.flush()
    return 0 if state == "success" else 1


if __name__ == "__main__":
    sys.exit(main())
