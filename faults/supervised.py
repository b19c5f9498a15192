"""A process that is started again whenever it ends, as a container runtime would."""

import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from stack.server import memory_mib

LOOK_SECONDS = 0.02
STOP_SECONDS = 30.0


class Supervised:
    """Keeps one command running on a thread of its own; `kill` is what a crash looks like."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.starts = 0
        self._command = list(command)
        self._environment = dict(environment)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=name, daemon=True)

    def start(self) -> None:
        self._launch()
        self._thread.start()

    def kill(self) -> None:
        with self._turn:
            if self._process is not None:
                self._process.kill()

    def stop(self) -> int:
        """Ask the process to end (SIGTERM), start it no more, and return its exit code."""
        self._stopping.set()
        with self._turn:
            process = self._process
        if process is None:
            return 0
        process.terminate()
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
        finally:
            # If it was ended while it was starting, it has no thread yet.
            if self._thread.is_alive():
                self._thread.join()

    def memory_mib(self) -> float:
        with self._turn:
            return memory_mib(self._process.pid if self._process is not None else None)

    def _launch(self) -> None:
        with self._turn, self._log.open("ab") as log:
            # Asked inside: a stop beside a restart either sees the new process or prevents it.
            if self._stopping.is_set():
                return
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                self._command, env=self._environment, stdout=log, stderr=log
            )
            self.starts += 1

    def _watch(self) -> None:
        while not self._stopping.is_set():
            process = self._process
            if process is not None and process.poll() is not None:
                self._launch()
            time.sleep(LOOK_SECONDS)
