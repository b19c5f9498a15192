"""Keeps further processes of the API running, which answer on the same port."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from threading import Condition, Thread
from typing import Final

from api.health_checks import DEGRADED, UP
from api.schemas.health import Dependency
from personalization.restarts import Restarts
from personalization.telemetry.metrics import ROLE_FAILURES

FIRST_PAUSE_SECONDS: Final = 1.0
JOIN_SECONDS: Final = 10.0
"""Beyond the grace that requests under way have."""
_ROLE: Final = "api"
_UP: Final = Dependency(UP)
_ENDED: Final = Dependency(
    DEGRADED, "It ended and is begun again after a pause; the others answer."
)


class KeptProcess:
    """Started again whenever it ends, after a pause; the end of its input is its own."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        on_end: Callable[[], None],
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
    ) -> None:
        """Take what is added to our own environment."""
        self._command = command
        self._environment = environment
        self._on_end = on_end
        self._first_pause_seconds = first_pause_seconds
        self._changed = Condition()
        self._stopping = False
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = Thread(target=self._keep, name="api process", daemon=True)

    @property
    def pid(self) -> int | None:
        """Of the process that runs now, or ran last."""
        return None if self._process is None else self._process.pid

    @property
    def state(self) -> Dependency:
        process = self._process
        return _UP if process is not None and process.poll() is None else _ENDED

    def start(self) -> None:
        self._thread.start()

    def begin_stop(self) -> None:
        """Tell it to end, and begin it no more."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()

    def wait(self) -> None:
        """Wait for the end of one that was told to, and end it after a while."""
        self._thread.join(JOIN_SECONDS)
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
        self._thread.join()

    def _keep(self) -> None:
        Restarts(
            name="a process of the API",
            run=self._run,
            note_end=self._note_end,
            is_stopping=lambda: self._stopping,
            changed=self._changed,
            first_pause_seconds=self._first_pause_seconds,
        ).keep()

    def _note_end(self) -> None:
        self._on_end()
        ROLE_FAILURES.labels(_ROLE).inc()

    def _run(self) -> None:
        with self._changed:
            if self._stopping:
                return
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                self._command,
                stdin=subprocess.PIPE,
                env={**os.environ, **self._environment},
            )
        self._process.wait()


class KeptProcesses:
    """All of one API beside the first."""

    def __init__(self, processes: Mapping[str, KeptProcess]) -> None:
        self._processes = processes

    def start(self) -> None:
        for process in self._processes.values():
            process.start()

    def begin_stop(self) -> None:
        for process in self._processes.values():
            process.begin_stop()

    def stop(self) -> None:
        self.begin_stop()
        for process in self._processes.values():
            process.wait()

    def states(self) -> dict[str, Dependency]:
        return {name: process.state for name, process in self._processes.items()}
