"""The shop of somebody who has followed docs/your-shop-in-an-afternoon.md, by a shell."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.integration.afternoon import night
from tests.integration.afternoon.followed import Afternoon
from tests.integration.afternoon.page import FOLDER, page_site, page_steps, script
from tests.waiting import eventually

LONGEST_SECONDS = 240
REAL_NIGHT = "FITTING_ROOM_TEST_REAL_NIGHT"
"""Set, the nightly job runs as the page says: minutes of Airflow and Spark."""
_RECORDED_NIGHT = """
fitting-room() {{
  if [ "$1" = nightly ]
  then PYTHONPATH={root} {python} -m {night} "$FITTING_ROOM_HOME"
  else command fitting-room "$@"; fi
}}
"""


def free_ports(*known: str) -> dict[str, int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in known]
        for opened in sockets:
            opened.bind(("127.0.0.1", 0))
        return {name: opened.getsockname()[1] for name, opened in zip(known, sockets, strict=True)}


@pytest.fixture(scope="package")
def afternoon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Afternoon]:
    """Do all steps of the page in a folder that has only what the page gives."""
    folder, ports = tmp_path_factory.mktemp("afternoon"), free_ports("8000", "3000")
    (folder / "docs").symlink_to(FOLDER)
    (folder / "site").mkdir()
    (folder / "site" / "index.html").write_text(page_site(ports), "utf-8")
    recorded = _RECORDED_NIGHT.format(
        root=FOLDER.parent, python=sys.executable, night=night.__name__
    )
    before = "" if os.environ.get(REAL_NIGHT) else recorded
    (folder / "afternoon.sh").write_text(script(page_steps(ports), before), "utf-8")
    commands = Path(sys.executable).parent
    log = folder / "afternoon.log"
    with log.open("w") as printed, subprocess.Popen(
        ["/bin/bash", "afternoon.sh"],
        cwd=folder,
        env={**os.environ, "PATH": f"{commands}:{os.environ['PATH']}",
             "FITTING_ROOM_API_PORT": str(ports["8000"]), "COLUMNS": "120"},
        stdout=printed,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as running:  # fmt: skip
        try:
            running.wait(LONGEST_SECONDS)
            yield Afternoon(folder, ports, log.read_text("utf-8"))
        finally:
            # What the page starts and leaves running is of the same group.
            end_group(running)


def end_group(leader: "subprocess.Popen[bytes]") -> None:
    """Return when no process of its group is left."""
    with suppress(ProcessLookupError):
        os.killpg(leader.pid, signal.SIGTERM)
    leader.wait(10)
    eventually(lambda: not has_processes(leader.pid))


def has_processes(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
