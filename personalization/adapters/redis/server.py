import fcntl
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import quote

from personalization.adapters.redis.server_process import answers, write_configuration
from personalization.domain.errors import StoreUnavailableError

LONGEST_SOCKET_PATH = 100
"""The kernel takes 107 bytes (103 on macOS)."""
START_SECONDS = 30.0
"""Loading the append-only file of a large shop takes seconds; this is far beyond."""
STOP_SECONDS = 10.0
LOOK_SECONDS = 0.01
LOG_TAIL_LINES = 8


class EmbeddedRedis:
    """A server for machines without one: keeps all in `home/redis`, lets in nobody else.

    It listens on a unix socket, or behind a password on a loopback port where that path would
    be too long. A server left behind by a killed process is used again.
    """

    def __init__(self, home: Path) -> None:
        self._folder = home.resolve() / "redis"
        self._process: subprocess.Popen[bytes] | None = None
        self._url: str | None = None

    @property
    def url(self) -> str:
        """Where clients connect, such as unix:///home/shop/var/redis/redis.sock."""
        if self._url is None:
            raise StoreUnavailableError("The embedded Redis has not been started.")
        return self._url

    @property
    def log_file(self) -> Path:
        return self._folder / "redis.log"

    def start(self) -> None:
        """Start the server, or find it running; raises with the end of its log."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._only_one_starter():
            address = self._folder / "url"
            if address.exists() and answers(address.read_text()):
                self._url = address.read_text()
                return
            command = self._configure()
            address.touch(mode=0o600)
            address.write_text(self.url)
            self._launch(command)

    def stop(self) -> None:
        """Stop the server if this object started it; it saves what it holds."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        self._url = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @contextmanager
    def _only_one_starter(self) -> Iterator[None]:
        with (self._folder / "starting").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _configure(self) -> list[str]:
        lines = [f'logfile "{self.log_file}"', f'pidfile "{self._folder / "redis.pid"}"']
        unix_socket = self._folder / "redis.sock"
        if len(str(unix_socket).encode()) <= LONGEST_SOCKET_PATH:
            lines += ["port 0", f'unixsocket "{unix_socket}"', "unixsocketperm 700"]
            self._url = f"unix://{quote(str(unix_socket))}"
        else:
            port, password = _free_port(), secrets.token_hex(16)
            lines += ["bind 127.0.0.1", f"port {port}", f"requirepass {password}"]
            self._url = f"redis://:{password}@127.0.0.1:{port}/0"
        return write_configuration(self._folder, *lines)

    def _launch(self, command: list[str]) -> None:
        with self.log_file.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own file, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # An interrupt at the terminal is for the program, which stops the server last.
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not answers(self.url):
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = self._log_tail()
                self.stop()
                raise StoreUnavailableError(f"The embedded Redis did not start:\n{said}")
            time.sleep(LOOK_SECONDS)

    def _log_tail(self) -> str:
        lines = self.log_file.read_text(errors="replace").splitlines()
        return "\n".join(lines[-LOG_TAIL_LINES:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
