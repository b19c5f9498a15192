"""A child made by `fork`: what was imported before is one memory, until somebody writes to it."""

import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import BinaryIO, Final, Self

from realtime.beside import ignore_signals

LOOK_SECONDS: Final = 0.01
"""Between two looks whether it has ended, once that is waited for."""
FAILED: Final = 1


class ForkedProcess:
    """Waits until `begin` before it does anything, and is used like `subprocess.Popen`."""

    def __init__(self, pid: int, stdin: BinaryIO, notices: BinaryIO) -> None:
        self.pid = pid
        self.stdin = stdin
        """Its end is the end of this process: the child reads nothing else from it."""
        self.notices = notices
        self.returncode: int | None = None
        self._turn = Lock()

    def begin(self) -> None:
        # One that was killed as it waited is like one that ends at once: its notices are at an end.
        with suppress(BrokenPipeError):
            self.stdin.write(b"\n")

    def poll(self) -> int | None:
        with self._turn:
            if self.returncode is None:
                try:
                    ended, status = os.waitpid(self.pid, os.WNOHANG)
                except ChildProcessError:
                    # Whoever started us lets the system wait for children (SIGCHLD is ignored).
                    ended, status = self.pid, 0
                if ended:
                    self.returncode = os.waitstatus_to_exitcode(status)
            return self.returncode

    def wait(self) -> int:
        while (code := self.poll()) is None:
            time.sleep(LOOK_SECONDS)
        return code

    def kill(self) -> None:
        with self._turn:
            # Once it was waited for, its number may be another's.
            if self.returncode is None:
                os.kill(self.pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stdin.close()
        self.wait()


def fork_process(name: str, run: Callable[[int], bool]) -> ForkedProcess:
    """Make a child that will run this with the descriptor on which it tells; True is success.

    No thread may run yet, and nothing be open that both would use.
    """
    # What was imported stays, and a collector that looked through it would write to all of it.
    gc.freeze()
    (heard, begin), (reading, writing) = os.pipe(), os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        os.close(heard)
        os.close(writing)
        # Unbuffered: what could not be written would fail once more as it is closed.
        return ForkedProcess(pid, os.fdopen(begin, "wb", 0), os.fdopen(reading, "rb"))
    code = FAILED
    try:
        ignore_signals()
        os.close(begin)
        os.close(reading)
        os.dup2(heard, 0)
        # Only for whoever lists processes.
        with suppress(OSError):
            Path("/proc/self/comm").write_text(name)
        begun = os.read(0, 1)
        code = 0 if not begun or run(writing) else FAILED
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else FAILED
    except BaseException:  # noqa: BLE001 - told, and the child ends: the stack above is another's
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
        finally:
            # Also where nobody reads any more: behind this function the caller's work begins.
            os._exit(code)
