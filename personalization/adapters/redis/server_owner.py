"""Who stops the embedded server, and which process it is."""

import fcntl
import os
import secrets
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

STOP_SECONDS = 10.0
"""A server that is asked to end writes its file and leaves; a stuck one is ended then."""
LOOK_SECONDS = 0.01
_PREFIX = "owner-"
_PROGRAMS = ("redis-server", "valkey-server", "redis-check", "valkey-check")
"""Debian's server is the program that checks files, called by another name."""
_SLACK_SECONDS = 2.0
"""Between a process's start by the kernel's ticks and the time of the file that it wrote."""
_STARTED_FIELD = 19
"""Of /proc/pid/stat, counted after the name; the state is the first."""


class ServerOwner:
    """A lock that is held by whoever launched the server, and that the kernel frees with it.

    Each launch has a file of its own, so that somebody whose server is gone does not count as
    the owner of the next one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: int | None = None
        self._file: Path | None = None

    def is_alive(self) -> bool:
        """Say whether the owner of the present server runs: this object or another."""
        return any(map(_is_held, self._folder.glob(f"{_PREFIX}*")))

    def begin(self) -> None:
        """Become the owner, of the server that is about to be launched."""
        self.end()
        for former in self._folder.glob(f"{_PREFIX}*"):
            former.unlink()
        self._file = self._folder / f"{_PREFIX}{secrets.token_hex(4)}"
        self._lock = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def end(self) -> None:
        if self._lock is not None and self._file is not None:
            self._file.unlink(missing_ok=True)
            os.close(self._lock)
        self._lock = self._file = None


def _is_held(file: Path) -> bool:
    try:
        lock = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        # Shared: two who look at once do not take each other for the owner.
        return not is_locked(lock, fcntl.LOCK_SH)
    finally:
        os.close(lock)


def is_locked(file: int, kind: int) -> bool:
    """Lock the file unless somebody else has; say whether it was done."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def server_in(folder: Path) -> int | None:
    """Return the pid of the server that runs in the folder; None where its pid is a stranger's.

    The pid file may be of before a crash, and its number another program's by now. So the process
    has to be a server, have this folder as its own, and be older than the file.
    """
    file = folder / "redis.pid"
    try:
        pid = int(file.read_text())
        written_at = file.stat().st_mtime
        process = Path(f"/proc/{pid}")
        ours = (
            (process / "cwd").resolve(strict=True) == folder.resolve()
            and (process / "exe").readlink().name.startswith(_PROGRAMS)
            and _started_at(pid) <= written_at + _SLACK_SECONDS
        )
    except (OSError, ValueError):
        return None
    return pid if ours else None


def end_server(find: Callable[[], int | None]) -> None:
    """Ask the server that `find` names to end, insist after a while, and wait for its end."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        pid = find()
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        if wait_for(lambda: find() is None, STOP_SECONDS):
            return


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _started_at(pid: int) -> float:
    """Return the epoch second at which the process was started."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[_STARTED_FIELD])
    lines = Path("/proc/stat").read_text().splitlines()
    booted_at = next(int(line.split()[1]) for line in lines if line.startswith("btime"))
    return booted_at + ticks / os.sysconf("SC_CLK_TCK")
