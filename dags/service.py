"""Calls the service's Python, where everything that a task does is done.

A step is a process of its own: `python -m nightly STEP`. It gets its arguments as a line of JSON
on its input, which stays open for as long as somebody waits for the step: its end stops the step,
however this process ends. What it prints becomes the task's log, line by line. Its result is in a
file that the environment names, and its exit code says what Airflow has to know.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

DONE = 0
NO_RETRY = 65
"""Another try would find the same."""
SKIPPED = 99
"""There was nothing to do; the reason says why."""

PYTHON = "FITTING_ROOM_PYTHON"
"""In the environment: the Python that has the service, where it is not beside Airflow's."""
RESULT_FILE = "NIGHTLY_RESULT_FILE"
_OWN_SUFFIX = "-airflow"
_OWN_SETTINGS = "AIRFLOW__"
"""Airflow's own settings, its database's password among them, are no business of a step."""
_GRACE_SECONDS = 5.0
_log = logging.getLogger(__name__)


def call_service(*step: str, **arguments: Any) -> Any:  # noqa: ANN401 (what JSON can hold)
    """Run a step to its end and return its result.

    Raises `AirflowFailException` where another try would find the same, `AirflowSkipException`
    where there was nothing to do, and `AirflowException` with the reason for anything else.
    """
    with tempfile.TemporaryDirectory(prefix="step-") as folder:
        result_file = Path(folder) / "result.json"
        with _start(step, result_file) as process, _no_survivor(process):
            _send(process, arguments)
            last_line = _follow(process)
            code = process.wait()
        answer = json.loads(result_file.read_bytes()) if result_file.exists() else {}
    if code == DONE:
        return answer["result"]
    reason = answer.get("reason") or last_line or "It said nothing."
    if code == NO_RETRY:
        raise AirflowFailException(reason)
    if code == SKIPPED:
        raise AirflowSkipException(reason)
    ended = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
    raise AirflowException(f"{' '.join(step)} {ended}: {reason}")


def service_python() -> str:
    """Return the service's Python: the one of the environment, else the one beside Airflow's."""
    given = os.environ.get(PYTHON)
    if given:
        return given
    own = Path(sys.prefix)
    beside = own.with_name(own.name.removesuffix(_OWN_SUFFIX)) / "bin" / "python"
    if beside.parent.parent == own or not beside.exists():
        raise AirflowFailException(
            f"The service's Python was not found. Name it in {PYTHON}, in the environment of "
            f"Airflow's workers, or put its environment beside Airflow's: "
            f"`venv` beside `venv{_OWN_SUFFIX}`."
        )
    return str(beside)


def _start(step: tuple[str, ...], result_file: Path) -> subprocess.Popen[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OWN_SETTINGS)}
    # -P: the folder that Airflow happens to run in holds no modules of ours.
    return subprocess.Popen(  # noqa: S603 (the service's own command)
        [service_python(), "-P", "-m", "nightly", *step],
        env={**kept, RESULT_FILE: str(result_file), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _send(process: subprocess.Popen[bytes], arguments: dict[str, Any]) -> None:
    """Write the arguments and leave the pipe open."""
    if process.stdin is None:
        return
    left = json.dumps(arguments).encode() + b"\n"
    # A step that ended before it read them says why. Past the buffer, which would try once more
    # when it is closed.
    with suppress(BrokenPipeError):
        while left:
            left = left[os.write(process.stdin.fileno(), left) :]


def _follow(process: subprocess.Popen[bytes]) -> str:
    """Log what the step prints until it ends; return the last line that says something."""
    last_line = ""
    for raw in process.stdout or ():
        line = raw.decode("utf-8", "replace").rstrip()
        _log.info("%s", line)
        last_line = line or last_line
    return last_line


@contextmanager
def _no_survivor(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Stop the step with all that it has started, if it is still there at the end of the block.

    Airflow only tells an operator that it is to end, and a task's function knows of no operator.
    """
    last_resort = threading.Timer(_GRACE_SECONDS, _signal_group, (process, signal.SIGKILL))
    last_resort.daemon = True

    def stop(_signal_number: int, _frame: FrameType | None) -> None:
        _signal_group(process, signal.SIGTERM)
        if last_resort.ident is None:
            last_resort.start()

    former = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        if process.poll() is None:
            stop(signal.SIGTERM, None)
            process.wait()
        last_resort.cancel()
        signal.signal(signal.SIGTERM, former)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
