"""The roles in a process beside whoever started it: told of, begun again, and never left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.commands.serving import roles_command
from personalization.telemetry.metrics import ROLE_FAILURES
from realtime.roles_process import RolesProcess
from realtime.wiring import ROLES
from tests.waiting import eventually

STUCK_SECONDS = 60.0
PAUSE_SECONDS = 0.01
STARTED_SECONDS = 60.0
_STARTER = """
import sys
from pathlib import Path
from cli.commands.serving import roles_command
from personalization.telemetry.metrics import ROLE_FAILURES
from realtime.roles_process import RolesProcess

roles = RolesProcess(roles_command(Path(sys.argv[1])), 60.0)
roles.start()
roles.wait_for_first_word(60.0)
print(roles.pid, flush=True)
sys.stdin.read()
"""

_FORKING_STARTER = """
import os, signal, sys
from pathlib import Path
from cli.roles import fork_roles

home = Path(sys.argv[1])
first = fork_roles(home)
from cli.commands.serving import roles_command
from realtime.roles_process import RolesProcess

roles = RolesProcess(roles_command(home), 60.0, 0.01, first)
roles.start()
roles.wait_for_first_word(60.0)
print(roles.pid, flush=True)
if sys.stdin.read(1):
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    while roles.pid == first.pid or not roles.wait_for_first_word(60.0):
        pass
    print(roles.pid, flush=True)
    sys.exit(not roles.stop())
"""


@pytest.fixture
def home(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FITTING_ROOM_REDIS_URL", redis_url)
    return tmp_path


@pytest.fixture
def roles(home: Path) -> Iterator[RolesProcess]:
    process = RolesProcess(roles_command(home), STUCK_SECONDS, PAUSE_SECONDS)
    process.start()
    assert process.wait_for_first_word(STARTED_SECONDS)
    yield process
    process.stop()


def failures() -> float:
    counted: float = ROLE_FAILURES.labels("process")._value.get()  # noqa: SLF001 - it has no reader
    return counted


def runs(pid: int) -> bool:
    """Say whether the process is there; one that ended and was not waited for is not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_roles_are_told_of_killed_begun_again_and_stopped(roles: RolesProcess) -> None:
    eventually(lambda: roles.reports()["scorer"].lag == 0, STARTED_SECONDS)
    assert all(report.healthy for report in roles.reports().values())
    assert roles.reports().keys() == ROLES.keys()
    first = roles.pid
    assert first is not None

    os.kill(first, signal.SIGKILL)
    eventually(lambda: not roles.reports()["scorer"].healthy)
    eventually(lambda: roles.reports()["scorer"].lag == 0, STARTED_SECONDS)
    eventually(lambda: "fitting_room_consumer_lag" in roles.metrics())

    second = roles.pid
    assert second is not None
    assert roles.stop()
    assert not runs(second)


def test_roles_end_with_whoever_started_them(home: Path) -> None:
    command = [sys.executable, "-c", _STARTER, str(home)]
    starter = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    assert runs(pid)

    starter.kill()
    starter.communicate()

    eventually(lambda: not runs(pid), STARTED_SECONDS)


def test_forked_roles_end_with_whoever_forked_them(home: Path) -> None:
    with _forking_starter(home) as starter:
        pid = _told_pid(starter)
        assert Path(f"/proc/{pid}/comm").read_text() == "roles\n"

        starter.kill()

    eventually(lambda: not runs(pid), STARTED_SECONDS)


def test_forked_roles_that_were_killed_are_begun_again_as_a_command(home: Path) -> None:
    with _forking_starter(home) as starter:
        forked = _told_pid(starter)

        assert starter.stdin is not None
        starter.stdin.write(b"k")
        starter.stdin.flush()
        again = _told_pid(starter)

        assert again != forked
        assert starter.wait(STARTED_SECONDS) == 0
    assert not runs(again)


def test_forked_roles_that_were_never_begun_end_in_peace(home: Path) -> None:
    forks = "import sys; from pathlib import Path; from cli.roles import fork_roles"
    ends = "first = fork_roles(Path(sys.argv[1])); first.stdin.close(); sys.exit(first.wait())"
    command = [sys.executable, "-c", f"{forks}; {ends}", str(home)]

    assert subprocess.run(command, check=False).returncode == 0


def _forking_starter(home: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", _FORKING_STARTER, str(home)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _told_pid(starter: "subprocess.Popen[bytes]") -> int:
    assert starter.stdout is not None
    return int(starter.stdout.readline())


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-c", "raise SystemExit(3)"],
        [
            sys.executable,
            "-c",
            "import os, sys; os.write(int(sys.argv[1]), b'{\"roles'); sys.exit(3)",
        ],
        ["/nowhere/python"],
    ],
    ids=["ends at once", "ends in the middle of a line", "is no program"],
)
def test_a_process_that_cannot_start_is_told_of_and_tried_again(command: list[str]) -> None:
    before = failures()
    roles = RolesProcess(command, STUCK_SECONDS, PAUSE_SECONDS)
    roles.start()

    eventually(lambda: not any(report.healthy for report in roles.reports().values()))
    eventually(lambda: failures() >= before + 2)
    assert roles.reports()["scorer"].failure == "its process ended"
    assert not roles.stop()
