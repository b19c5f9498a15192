"""Wakes the readers of a log, of this process and of others, the moment something was appended.

Each reader that waits has a named pipe in a folder beside the log's file, and whoever has appended
writes a byte into every pipe that is there.
"""

import errno
import os
import select
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock
from uuid import uuid4

LOOK_SECONDS = 0.05
"""How long a wait lasts where nobody rings: a pipe may be lost with the folder that it is in."""
LOOK_WITHOUT_PIPE_SECONDS = 0.005
"""The same on a file system without named pipes, and of waits too short to be worth one."""
_UNFINISHED = "."
_DRAINED_BYTES = 65_536


class AppendSignal:
    def __init__(self, folder: Path) -> None:
        """Take the folder of the pipes, which the first reader makes."""
        self._folder = folder

    def raise_(self) -> None:
        """Wake the readers; never fails, since what was appended is appended."""
        # Mostly nobody reads, and there is no folder. Any failure costs readers a moment only.
        with suppress(OSError):
            for name in os.listdir(self._folder):  # noqa: PTH208 (paths cost as much as the rest)
                if not name.startswith(_UNFINISHED):
                    _ring(f"{self._folder}/{name}")

    def waiter(self) -> "AppendWaiter":
        return AppendWaiter(self._folder)


class AppendWaiter:
    """One reader's wait; `close` is for any thread, the others for one."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / str(uuid4())
        self._pipe: int | None = None
        self._poller = select.poll()
        self._has_pipe = True
        self._closed = False
        self._waiting = Lock()

    def clear(self) -> None:
        """Forget what was appended so far: to be called before the log is read."""
        with self._waiting, suppress(BlockingIOError):
            if self._pipe is not None:
                os.read(self._pipe, _DRAINED_BYTES)

    def wait(self, seconds: float) -> None:
        """Return once something was appended since `clear`, or a little later anyhow."""
        with self._waiting:
            if self._closed:
                return
            if self._pipe is None and self._has_pipe and seconds > LOOK_WITHOUT_PIPE_SECONDS:
                self._open()
                # What was appended before has rung nowhere.
                return
            if self._pipe is None:
                time.sleep(min(seconds, LOOK_WITHOUT_PIPE_SECONDS))
            else:
                self._poller.poll(1e3 * min(seconds, LOOK_SECONDS))

    def close(self) -> None:
        self._closed = True
        # Whoever waits stops waiting.
        if self._pipe is not None:
            _ring(str(self._path))
        with self._waiting:
            if self._pipe is not None:
                self._path.unlink(missing_ok=True)
                os.close(self._pipe)
                self._pipe = None

    def _open(self) -> None:
        # Under its own name only once it has a reader: one without is taken for a dead one's.
        unfinished = self._path.with_name(f"{_UNFINISHED}{self._path.name}")
        try:
            self._path.parent.mkdir(exist_ok=True)
            os.mkfifo(unfinished)
            # A pipe that nobody can write to would be at its end, and never wait.
            self._pipe = os.open(unfinished, os.O_RDWR | os.O_NONBLOCK)
            unfinished.rename(self._path)
            self._poller.register(self._pipe, select.POLLIN)
        except OSError:
            self._has_pipe = False
            # Nor can what may not be made be removed.
            with suppress(OSError):
                unfinished.unlink()
            if self._pipe is not None:
                os.close(self._pipe)
                self._pipe = None


def _ring(path: str) -> None:
    try:
        pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        # Its reader was killed. Any other failure costs the reader a moment only: it looks.
        if error.errno == errno.ENXIO:
            Path(path).unlink(missing_ok=True)
        return
    try:
        # A pipe that is full has rung often enough.
        with suppress(OSError):
            os.write(pipe, b"\0")
    finally:
        os.close(pipe)
