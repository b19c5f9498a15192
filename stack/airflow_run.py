"""One run of a DAG to its end: alone in its home folder, watched, and stopped with its Spark."""

import fcntl
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import IO

from personalization.domain.errors import PersonalizationError
from stack.airflow import AirflowHome

_REFRESH_SECONDS = 0.5
_GRACE_SECONDS = 5.0
_TAIL_LINES = 40
_TAIL_BYTES = 64 * 1024


class AirflowBusyError(PersonalizationError):
    """Another nightly run is at work in this home folder."""


@contextmanager
def lock_home(airflow: AirflowHome) -> Iterator[IO[str]]:
    """Hold the lock of the home folder; raises `AirflowBusyError` where another run holds it."""
    with airflow.lock_file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AirflowBusyError from None
        yield lock


def run_dag(
    airflow: AirflowHome,
    params: Mapping[str, str | bool | list[str]],
    lock: IO[str],
    watch: Callable[[], None],
) -> int:
    """Run the nightly DAG to its end, calling `watch` twice a second; return the exit code."""
    signal.signal(signal.SIGTERM, _exit)
    airflow.progress_file.unlink(missing_ok=True)
    with airflow.log_file.open("wb") as log:
        exit_code = airflow.migrate(log)
        if exit_code != 0:
            return exit_code
        process = airflow.start(datetime.now(UTC), params, log, lock)
        try:
            return _wait(process, watch)
        finally:
            if process.poll() is None:
                _stop_group(process)


def read_tail(path: Path) -> list[str]:
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return log.read().decode("utf-8", "replace").splitlines()[-_TAIL_LINES:]


def _exit(signal_number: int, _frame: FrameType | None) -> None:
    """Turn a termination into an exit, so that Airflow and Spark are stopped too."""
    raise SystemExit(128 + signal_number)


def _wait(process: subprocess.Popen[bytes], watch: Callable[[], None]) -> int:
    while True:
        try:
            exit_code = process.wait(timeout=_REFRESH_SECONDS)
        except subprocess.TimeoutExpired:
            watch()
        else:
            watch()
            return exit_code


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
