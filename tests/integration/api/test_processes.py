"""Several processes of one API behind one port, as the command runs them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from api.processes.shared_port import begin_port, join_port
from tests.builders.shops.picture import JPEG
from tests.waiting import eventually

STARTED_SECONDS = 90.0
STOP_SECONDS = 30.0
UP = {"state": "up"}


class Server:
    """`fitting-room api` with two processes; each request has a connection of its own."""

    def __init__(self, process: "subprocess.Popen[bytes]", address: str) -> None:
        self.process = process
        self.address = address

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.address}{path}", trust_env=False, timeout=STOP_SECONDS)

    def state_of_the_second(self) -> object:
        return self.get("/health/ready").json()["dependencies"].get("api_2")

    def others(self) -> list[int]:
        """Return the processes that the first one has started."""
        texts = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        children = [child for text in texts for child in text.read_text().split()]
        return [int(child) for child in children if b"cli.api_process" in _command_of(child)]

    def answering(self) -> set[str]:
        """Return which processes have answered a few requests, by when they were started."""
        pages = [self.get("/metrics").text for _ in range(12)]
        name = "process_start_time_seconds "
        return {line for page in pages for line in page.splitlines() if line.startswith(name)}


def _command_of(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


@contextmanager
def serving(home: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    ready = home / "address"
    command = [sys.executable, "-m", "cli.main", "api", "--home", str(home), "--port", "0"]
    with (home / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--processes", "2", "--ready-file", str(ready)],
            env={**os.environ, **settings},
            stdout=log,
            stderr=log,
        )
    try:
        eventually(lambda: ready.exists() or process.poll() is not None, STARTED_SECONDS)
        assert ready.exists(), (home / "serve.log").read_text()
        server = Server(process, ready.read_text())
        eventually(lambda: len(server.answering()) == 2, STARTED_SECONDS)
        yield server
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(STOP_SECONDS)


@pytest.fixture
def server(tmp_path: Path, redis_url: str) -> Iterator[Server]:
    with serving(tmp_path, {"FITTING_ROOM_REDIS_URL": redis_url}) as server:
        yield server


def test_two_processes_answer_for_both_and_end_together(server: Server, tmp_path: Path) -> None:
    (other,) = server.others()
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "shirt-1.jpg").write_bytes(JPEG)
    pictures = [server.get("/pictures/shirt-1.jpg") for _ in range(8)]
    assert {(each.status_code, each.content) for each in pictures} == {(200, JPEG)}
    assert len({each.headers["etag"] for each in pictures}) == 1
    # Whichever is asked knows of the other.
    eventually(lambda: all(server.state_of_the_second() == UP for _ in range(8)))

    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(STOP_SECONDS) == 0
    assert _command_of(str(other)) == b""
    assert not list((tmp_path / "api_processes").iterdir())


def test_a_process_that_is_killed_is_begun_again_while_the_other_answers(server: Server) -> None:
    (other,) = server.others()
    before = server.answering()

    os.kill(other, signal.SIGKILL)
    eventually(lambda: server.state_of_the_second() != UP)
    assert len(server.answering()) == 1

    eventually(lambda: len(server.answering()) == 2, STARTED_SECONDS)
    assert len(server.answering() & before) == 1
    assert server.state_of_the_second() == UP


def test_the_other_process_ends_with_one_that_is_killed(server: Server) -> None:
    (other,) = server.others()

    server.process.kill()

    eventually(lambda: _command_of(str(other)) == b"", STOP_SECONDS)


def test_a_port_is_shared_with_nobody_else() -> None:
    with begin_port("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with join_port("127.0.0.1", port), pytest.raises(OSError, match="in use"):
            begin_port("127.0.0.1", port)
