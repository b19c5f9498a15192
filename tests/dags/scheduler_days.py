"""Three days of a light DAG, worked off by the real scheduler: one fails, one is good, one is late.

Airflow's own processes (the API of tasks, the reader of DAG files, the scheduler with its local
executor, over SQLite) run a copy of `retention` that began two days ago and catches up. A small
program stands for the service. It costs a minute of processor time, so it is a command:
`.venv-airflow/bin/python -m tests.dags.scheduler_days`
"""

import json
import os
import resource
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

LONGEST_SECONDS = 300.0
LATE_SECONDS = 30
EXPECTED = ["failed", "success", "success"]
_DAG_FILE = Path(__file__).parents[2] / "dags" / "retention.py"
_CHANGES = {
    'dag_id="retention"': 'dag_id="retention_copy"',
    "start_date=START_DATE": "start_date=TODAY - timedelta(days=2)",
    "catchup=False": "catchup=True",
    "late_after(timedelta(minutes=30))": f"late_after(timedelta(seconds={LATE_SECONDS}))",
    "default_args=DEFAULT_ARGS": 'default_args={**DEFAULT_ARGS, "retry_delay": timedelta()}',
    "from datetime import timedelta\n": (
        "from datetime import UTC, datetime, timedelta\n\n"
        "TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)\n"
    ),
}
_SERVICE = """#!/bin/sh
# The first day fails at both tries, the second is good, the third waits until it is called late.
echo call >> "$FITTING_ROOM_HOME/calls"
calls=$(wc -l < "$FITTING_ROOM_HOME/calls")
[ "$calls" -le 2 ] && echo "made to fail" && exit 1
if [ "$calls" -ge 4 ]; then
    until grep -q "late.*$(date -u +%F)T" "$FITTING_ROOM_HOME/alerts.jsonl"; do sleep 0.2; done
fi
echo '{"result": ["done"]}' > "$NIGHTLY_RESULT_FILE"
"""


def copy_of(source: str) -> str:
    """Return the file of the DAG's copy; raises where the DAG no longer reads as it did."""
    for old, new in _CHANGES.items():
        if source.count(old) != 1:
            raise ValueError(f"{_DAG_FILE.name} has not one {old!r}")
        source = source.replace(old, new)
    return source


def main() -> int:
    """Print the runs, the alerts and what it cost; return 0 where all is as it should be."""
    with tempfile.TemporaryDirectory(prefix="three-days-") as name:
        folder = Path(name)
        _work_off(folder)
        runs, alerts = _runs(folder), _alerts(folder)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = [
        *(f"{run}: {state}" for run, state in runs),
        *(f"alert {alert['kind']}: {alert['text']}" for alert in alerts),
        f"{used.ru_utime + used.ru_stime:.0f} s of processor time",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    late = {alert["run"] for alert in alerts if alert["kind"] == "late"}
    failed = [alert["run"] for alert in alerts if alert["kind"] == "failed"]
    as_expected = [state for _, state in runs] == EXPECTED
    return 0 if as_expected and failed == [runs[0][0]] and runs[2][0] in late else 1


def _work_off(folder: Path) -> None:
    environment = _prepare(folder)
    with ExitStack() as processes:
        api = environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
        port = environment["AIRFLOW__API__PORT"]
        words = ("api-server", "--apps", "execution", "--host", "127.0.0.1", "--port", port)
        processes.enter_context(_running(folder, environment, *words))
        # A task that starts before its API answers has failed.
        _wait_until(lambda: _answers(f"{api}health"))
        processes.enter_context(_running(folder, environment, "dag-processor"))
        processes.enter_context(_running(folder, environment, "scheduler"))
        _wait_until(lambda: _has_ended(_runs(folder)))


def _prepare(folder: Path) -> dict[str, str]:
    """Write the copy and the service, make Airflow's database; return the environment."""
    for name in ("dags", "home"):
        (folder / name).mkdir()
    (folder / "dags" / "retention_copy.py").write_text(copy_of(_DAG_FILE.read_text("utf-8")))
    service = folder / "service"
    service.write_text(_SERVICE)
    service.chmod(0o700)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(folder),
        "FITTING_ROOM_HOME": str(folder / "home"),
        "FITTING_ROOM_PYTHON": str(service),
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    }
    with (folder / "migrate.log").open("wb") as log:
        command = [_airflow(), "db", "migrate"]
        subprocess.run(command, env=environment, stdout=log, stderr=log, check=True)
    return environment


def _airflow() -> str:
    return str(Path(sys.executable).with_name("airflow"))


@contextmanager
def _running(folder: Path, environment: dict[str, str], *words: str) -> Iterator[None]:
    """Run a process of Airflow's, and end it with what it has started."""
    with (folder / f"{words[0]}.log").open("wb") as log:
        process = subprocess.Popen(
            [_airflow(), *words],
            env=environment,
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(LONGEST_SECONDS)


def _wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {LONGEST_SECONDS:.0f} s")
        time.sleep(0.5)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):  # noqa: S310 (loopback)
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _runs(folder: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "airflow.db")) as database:
        return database.execute(
            "select run_id, state from dag_run where dag_id = 'retention_copy' order by run_id"
        ).fetchall()


def _has_ended(runs: list[tuple[str, str]]) -> bool:
    ended = [run for run, state in runs if state in ("success", "failed")]
    return len(ended) == len(EXPECTED)


def _alerts(folder: Path) -> list[dict[str, str]]:
    lines = (folder / "home" / "alerts.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


if __name__ == "__main__":
    sys.exit(main())
