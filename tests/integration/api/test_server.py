"""The API as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.waiting import eventually


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Return the running API over an empty home, its address in the file `ready`."""
    command = [sys.executable, "-m", "cli.main", "api", "--home", str(tmp_path / "home")]
    command += ["--port", "0", "--ready-file", str(tmp_path / "ready")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    ready = tmp_path / "ready"
    eventually(lambda: ready.exists() and bool(ready.read_text()), within_seconds=30.0)
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(_redis_of(tmp_path), signal.SIGTERM)


def _redis_of(folder: Path) -> int:
    return int((folder / "home" / "redis" / "redis.pid").read_text())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_after_it_has_closed_its_redis(
    process: subprocess.Popen[bytes], tmp_path: Path, number: signal.Signals
) -> None:
    address = (tmp_path / "ready").read_text().strip()
    assert httpx.get(f"{address}/health/live").json() == {"alive": True}
    redis = _redis_of(tmp_path)
    process.send_signal(number)
    assert process.wait(timeout=20) == 0
    with pytest.raises((ProcessLookupError, FileNotFoundError)):
        os.kill(redis, 0)


@pytest.mark.parametrize("command", ["serve", "api"])
def test_a_port_that_is_taken_ends_the_process_with_a_sentence(
    tmp_path: Path, command: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        words = [sys.executable, "-m", "cli.main", command, "--home", str(tmp_path), "--port", port]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"Nothing can listen on 127.0.0.1:{port} (--host, --port)" in done.stderr
    assert "has been closed" not in done.stderr
