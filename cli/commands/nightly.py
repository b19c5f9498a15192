"""`nightly`: tonight's priors, made by Airflow and Spark, watched as they come."""

import fcntl
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import IO, Annotated

import typer
from rich.console import Console

from cli.nightly_progress import ProgressDisplay
from cli.options import HomeOption
from cli.reports.nightly import failure_report, generation_report
from dags.tasks.progress import read_progress
from dags.wiring import open_stores
from personalization.settings.nightly import NightlySettings
from personalization.settings.storage import StorageSettings
from stack.airflow import AirflowHome

FAILED = 1
BUSY = 3
"""Exit code where another nightly run uses the same home folder."""
_REFRESH_SECONDS = 0.5
_GRACE_SECONDS = 5.0
_TAIL_LINES = 40
_TAIL_BYTES = 64 * 1024
_DATE_FORMATS = ["%Y-%m-%d"]


def nightly_command(
    *,
    home: HomeOption = Path("var"),
    run_date: Annotated[
        datetime | None,
        typer.Option(
            formats=_DATE_FORMATS, help="Last day counted; by default the newest of the history."
        ),
    ] = None,
    period_days: Annotated[
        int | None, typer.Option(min=1, help="Days the period T lasts, the run date included.")
    ] = None,
    trending_days: Annotated[
        int | None, typer.Option(min=1, help="Recent days that trending compares with before.")
    ] = None,
    minimum_support: Annotated[
        int | None, typer.Option(min=1, help="Observations a bundle or trend needs.")
    ] = None,
) -> None:
    """Make, check and promote one generation of priors.

    Runs the DAG `nightly_priors` in an Airflow of the home folder, which submits the Spark jobs.
    Exits with 0 only if the generation was promoted; otherwise the previous one stays active.
    """
    console = Console()
    storage = StorageSettings(home=home)
    asked = {
        "period_days": period_days,
        "trending_days": trending_days,
        "minimum_support": minimum_support,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    nightly = NightlySettings.model_validate({**NightlySettings().model_dump(), **given})
    airflow = AirflowHome.of(storage, nightly)
    with _only_one(airflow, console) as lock:
        exit_code = _run(airflow, run_date.date().isoformat() if run_date else None, lock, console)
    if exit_code != 0:
        lines = read_progress(airflow.progress_file)
        console.print(failure_report(lines, _tail(airflow.log_file)))
        console.print(f"The whole log: {airflow.log_file}")
        raise typer.Exit(FAILED)
    with open_stores(storage) as stores:
        active = stores.priors.active()
    if active is not None:
        console.print(generation_report(active))


@contextmanager
def _only_one(airflow: AirflowHome, console: Console) -> Iterator[IO[str]]:
    """Hold the lock of the home folder: two nights would clear each other's work."""
    with airflow.lock_file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print("Another nightly run is at work in this home folder.")
            raise typer.Exit(BUSY) from None
        yield lock


def _stop(signal_number: int, _frame: FrameType | None) -> None:
    """Turn a termination into an exit, so that Airflow and Spark are stopped too."""
    raise SystemExit(128 + signal_number)


def _run(airflow: AirflowHome, run_date: str | None, lock: IO[str], console: Console) -> int:
    """Run Airflow to its end and return its exit code."""
    signal.signal(signal.SIGTERM, _stop)
    airflow.progress_file.unlink(missing_ok=True)
    with airflow.log_file.open("wb") as log, ProgressDisplay(console) as display:
        display.show([])
        exit_code = airflow.migrate(log)
        if exit_code != 0:
            return exit_code
        process = airflow.start(datetime.now(UTC), run_date, log, lock)
        try:
            return _watch(process, airflow, display)
        finally:
            if process.poll() is None:
                _stop_group(process)


def _stop_group(process: subprocess.Popen[bytes]) -> None:
    """Stop Airflow and the Spark it has started.

    Spark clears its temporary files when asked to end; Airflow takes that for the failure of one
    task and would go on with the next. Killing it loses nothing: promotion is one transaction.
    """
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _watch(process: subprocess.Popen[bytes], airflow: AirflowHome, display: ProgressDisplay) -> int:
    while True:
        try:
            exit_code = process.wait(timeout=_REFRESH_SECONDS)
        except subprocess.TimeoutExpired:
            display.show(read_progress(airflow.progress_file))
        else:
            display.show(read_progress(airflow.progress_file))
            return exit_code


def _tail(path: Path) -> list[str]:
    """Return the last lines of the log."""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return log.read().decode("utf-8", "replace").splitlines()[-_TAIL_LINES:]
