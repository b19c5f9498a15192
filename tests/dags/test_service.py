"""A task is told what became of its step, and leaves nothing of it behind.

The service is the one beside Airflow's environment. Where a test is about how a process ends, a
small program runs in place of the service's Python.
"""

import logging
import os
import signal
import stat
import threading
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from dags.service import PYTHON, call_service
from tests.waiting import eventually

PATIENCE_SECONDS = 30.0


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITTING_ROOM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "not-to-be-seen")


def _let_run(script: str, folder: Path, environment: pytest.MonkeyPatch) -> None:
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(stat.S_IRWXU)
    environment.setenv(PYTHON, str(program))


def test_a_step_returns_what_the_service_says() -> None:
    assert call_service("list_feeds") == []


def test_a_refusal_is_not_tried_again_and_has_its_sentence() -> None:
    night = {"run_date": "2999-01-01", "promote": False, "accept_smaller": False, "accept": []}

    with pytest.raises(AirflowFailException, match=r"^The run date 2999-01-01 is after today"):
        call_service("export_history", **night, until="2026-01-01")


def test_a_failure_says_what_the_service_said_last(tmp_path: Path) -> None:
    with pytest.raises(AirflowException, match=r"write_report ended with 1: FileNotFoundError"):
        call_service("write_report", folder=str(tmp_path))
    with pytest.raises(AirflowException, match=r"plan_night ended with 2: .*Expected `str`"):
        call_service("plan_night", request=3)


def test_a_step_that_had_nothing_to_do_is_skipped_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _let_run('echo \'{"reason": "kept"}\' > "$NIGHTLY_RESULT_FILE"; exit 99', tmp_path, monkeypatch)

    with pytest.raises(AirflowSkipException, match=r"^kept$"):
        call_service("promote_generation")


def test_what_a_step_prints_is_logged_line_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _let_run(
        'echo one; echo "two $@" >&2; read -r line; echo "$line"; exit 3', tmp_path, monkeypatch
    )

    with caplog.at_level(logging.INFO, "dags.service"), pytest.raises(AirflowException):
        call_service("some_step", "word", size=1)

    assert caplog.messages == ["one", "two -P -m nightly some_step word", '{"size": 1}']


def test_settings_of_airflows_own_stay_with_airflow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _let_run('echo "$FITTING_ROOM_HOME, $AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"; exit 3',
             tmp_path, monkeypatch)  # fmt: skip

    with caplog.at_level(logging.INFO, "dags.service"), pytest.raises(AirflowException):
        call_service("some_step")

    assert caplog.messages == [f"{tmp_path / 'home'},"]


def test_a_task_that_is_told_to_end_takes_everything_of_its_step_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "started"
    _let_run(f"sleep 600 & echo $! > {started}.new; mv {started}.new {started}; wait",
             tmp_path, monkeypatch)  # fmt: skip
    killer = threading.Thread(target=_signal_once, args=(started, signal.SIGTERM))
    killer.start()

    with pytest.raises(AirflowException, match="was ended by signal 15"):
        call_service("some_step")

    killer.join()
    _wait_for_end(int(started.read_text()))


def test_a_task_that_runs_out_of_time_takes_its_step_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "started"
    _let_run(f"echo $$ > {started}; sleep 600", tmp_path, monkeypatch)

    def out_of_time(*_: object) -> None:
        raise TimeoutError

    former = signal.signal(signal.SIGALRM, out_of_time)
    threading.Thread(target=_signal_once, args=(started, signal.SIGALRM)).start()
    try:
        with pytest.raises(TimeoutError):
            call_service("some_step")
    finally:
        signal.signal(signal.SIGALRM, former)

    _wait_for_end(int(started.read_text()))


def test_a_python_that_is_nowhere_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PYTHON, raising=False)
    monkeypatch.setattr("sys.prefix", str(tmp_path / "venv-airflow"))

    with pytest.raises(AirflowFailException, match="Name it in FITTING_ROOM_PYTHON"):
        call_service("list_feeds")


def _signal_once(there: Path, number: signal.Signals) -> None:
    """Send the signal to this process, whose main thread takes it, once the file is there."""
    eventually(lambda: there.exists() and bool(there.read_text()), PATIENCE_SECONDS)
    os.kill(os.getpid(), number)


def _wait_for_end(pid: int) -> None:
    eventually(lambda: not _is_running(pid), PATIENCE_SECONDS)


def _is_running(pid: int) -> bool:
    """Say whether the process runs; one that nobody has waited for yet has ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
