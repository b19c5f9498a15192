"""One service as a process of its own, with its folder, its log and its process id."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom

from stack.errors import StackUnavailableError

START_SECONDS = 90.0
STOP_SECONDS = 20.0
LOOK_SECONDS = 0.05
TAIL_LINES = 15
FREE_PORTS = (20_000, 32_768)
"""Below those that Linux (32768) and other systems (49152) give to outgoing connections."""
PORT_TRIES = 200


@dataclass(slots=True)
class Server:
    """A service that outlives its starter; started again it has the same ports and data."""

    name: str
    address: str
    """host:port of its clients, or a url."""
    folder: Path
    command: Sequence[str]
    is_ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    """The process, where it was started by us and not by an earlier command."""

    @property
    def log_file(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def pid(self) -> int | None:
        """Return the id of the running process, None if it is not there."""
        try:
            pid = int((self.folder / "pid").read_text())
        except (FileNotFoundError, ValueError):
            return None
        # After a restart of the machine the number may be another program's.
        return pid if str(self.folder) in _command_line(pid) else None

    def launch(self) -> None:
        """Start the process unless it runs; `wait` tells when it answers."""
        if self.pid is not None:
            return
        with self.log_file.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - a service of ours
                list(self.command),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
        (self.folder / "pid").write_text(str(self._child.pid))

    def wait(self, seconds: float = START_SECONDS) -> None:
        """Return once it answers, or raise `StackUnavailableError` with the end of its log."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if self._has_ended() or time.monotonic() > deadline:
                self.kill()
                raise StackUnavailableError(f"{self.name} did not start:\n{self._tail()}")
            time.sleep(LOOK_SECONDS)

    def start(self) -> None:
        self.launch()
        self.wait()

    def stop(self) -> None:
        """Ask the service to end; after a while insist."""
        if self._signal(signal.SIGTERM) and not self._wait_for_end(STOP_SECONDS):
            self.kill()

    def kill(self) -> None:
        if self._signal(signal.SIGKILL):
            self._wait_for_end(STOP_SECONDS)

    def _signal(self, number: int) -> bool:
        pid = self.pid
        if pid is None:
            return False
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    def _wait_for_end(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self._has_ended():
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_SECONDS)
        (self.folder / "pid").unlink(missing_ok=True)
        return True

    def _has_ended(self) -> bool:
        if self._child is not None:
            return self._child.poll() is not None
        return self.pid is None

    def _tail(self) -> str:
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-TAIL_LINES:])


def free_port() -> int:
    """Return a port that is free now, of those that no connection is given by the kernel.

    Between this look and the service's own binding seconds pass, in which any connection of the
    machine could take one of the kernel's own.
    """
    for _ in range(PORT_TRIES):
        port = SystemRandom().randrange(*FREE_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise StackUnavailableError(f"No free port between {FREE_PORTS[0]} and {FREE_PORTS[1]}.")


def answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def memory_mib(pid: int | None) -> float:
    """Return a process's resident memory, 0 while it is not there."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
    return int(found[0]) / 1024 if found else 0.0


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""
