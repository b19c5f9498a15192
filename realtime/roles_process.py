"""Keeps the roles' process running beside an API, and says how its roles are."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from threading import Condition, Thread
from typing import BinaryIO, Final

import msgspec

from personalization.restarts import Restarts
from personalization.telemetry.metrics import ROLE_FAILURES
from realtime.beside import RolesNotice
from realtime.forked_process import ForkedProcess
from realtime.health import RoleReport
from realtime.main import FIRST_PAUSE_SECONDS, JOIN_SECONDS
from realtime.wiring import ROLES

_NOTICE: Final = msgspec.json.Decoder(RolesNotice)
_STARTING: Final = RoleReport(
    healthy=True, lag=None, turned_seconds_ago=0.0, waiting_for="its process is starting"
)
_ENDED: Final = RoleReport(
    healthy=False, lag=None, turned_seconds_ago=0.0, waiting_for=None, failure="its process ended"
)


class RolesProcess:
    """Started again whenever it ends, after a pause; it ends with us, however we end."""

    def __init__(
        self,
        command: Sequence[str],
        stuck_seconds: float,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
        first: ForkedProcess | None = None,
    ) -> None:
        """Take a command whose last argument will be the descriptor on which it tells.

        A first process that waits already is begun in its place; later ones are the command's, as
        a process with threads is not to be forked.
        """
        self._command = command
        self._stuck_seconds = stuck_seconds
        self._first_pause_seconds = first_pause_seconds
        self._changed = Condition()
        self._stopping = False
        self._process: subprocess.Popen[bytes] | ForkedProcess | None = first
        self._first = first
        self._reports: Mapping[str, RoleReport] = dict.fromkeys(ROLES, _STARTING)
        self._metrics = ""
        self._told_at: float | None = None
        self._thread = Thread(target=self._keep, name="roles", daemon=True)

    @property
    def pid(self) -> int | None:
        """Of the process that runs now, or ran last."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        self._thread.start()

    def wait_for_first_word(self, seconds: float) -> bool:
        """Wait for the first word of the process; return whether it came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._told_at is not None, seconds)

    def stop(self) -> bool:
        """Stop all roles; return whether all of them ran until then and have ended."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            process = self._process
        if process is None:
            self._thread.join()
            return all(report.failure is None for report in self._reports.values())
        if process.stdin is not None:
            process.stdin.close()
        self._thread.join(JOIN_SECONDS)
        if process.poll() is None:
            process.kill()
        return process.wait() == 0

    def reports(self) -> Mapping[str, RoleReport]:
        told_at = self._told_at
        silent = 0.0 if told_at is None else time.monotonic() - told_at
        if silent <= self._stuck_seconds:
            return self._reports
        stuck = RoleReport(
            healthy=False, lag=None, turned_seconds_ago=round(silent, 3), waiting_for=None
        )
        return dict.fromkeys(self._reports, stuck)

    def metrics(self) -> str:
        """Return the newest metrics of the process, in Prometheus' text form."""
        return self._metrics

    def _keep(self) -> None:
        Restarts(
            name="the roles' process",
            run=self._run,
            note_end=self._note_end,
            is_stopping=lambda: self._stopping,
            changed=self._changed,
            first_pause_seconds=self._first_pause_seconds,
        ).keep()

    def _run(self) -> None:
        """Run the process to its end, and note what it says."""
        with self._changed:
            if self._stopping:
                return
            process, lines = self._begin()
            self._process = process
        # Waits for its end, and closes its input.
        with lines, process:
            for line in lines:
                # One that was killed may have been in the middle of a line.
                if line.endswith(b"\n"):
                    self._note(_NOTICE.decode(line))

    def _begin(self) -> tuple[subprocess.Popen[bytes] | ForkedProcess, BinaryIO]:
        """Return the process, and what it will say."""
        first, self._first = self._first, None
        if first is not None:
            first.begin()
            return first, first.notices
        reading, writing = os.pipe()
        lines = os.fdopen(reading, "rb")
        try:
            process = subprocess.Popen(  # noqa: S603 - our own command line
                [*self._command, str(writing)], stdin=subprocess.PIPE, pass_fds=[writing]
            )
        except OSError:
            lines.close()
            raise
        finally:
            os.close(writing)
        return process, lines

    def _note(self, notice: RolesNotice) -> None:
        with self._changed:
            self._reports, self._metrics = notice.roles, notice.metrics
            self._told_at = time.monotonic()
            self._changed.notify_all()

    def _note_end(self) -> None:
        self._reports = dict.fromkeys(ROLES, _ENDED)
        self._told_at = None
        ROLE_FAILURES.labels("process").inc()
