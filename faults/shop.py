"""A running shop whose parts can be killed: every role a process, started again by itself."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from faults.supervised import Supervised
from faults.wiring import OUTCOME_WINDOW_SECONDS
from stack.server import Server, answers, free_port
from stack.stack import SERVICES, Stack

READY_SECONDS = 90.0
LOOK_SECONDS = 0.05
SESSION_TIMEOUT_SECONDS = 2.0
"""A worker that stays dead this long gives its sessions to the others."""
DISK_MIB = 768
"""Of the embedded shop's file system: what a run writes, and room to fill."""
_COMMAND = (sys.executable, "-m", "cli.main")


@dataclass(frozen=True, slots=True)
class Roles:
    """Which processes a shop is made of: name to the arguments of the command line."""

    arguments: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, *, real: bool) -> "Roles":
        """Two replicas of the API, and a scorer for each where several can share the log."""
        scorers = ("scorer-1", "scorer-2") if real else ("scorer-1",)
        return cls(
            {
                **dict.fromkeys(scorers, ("realtime", "--role", "scorer")),
                "history": ("realtime", "--role", "history"),
                "learner": ("realtime", "--role", "learner"),
                "api-1": ("api",),
                "api-2": ("api",),
            }
        )


@dataclass(slots=True)
class FaultyShop:
    """The processes and services of one run; `start` returns when pages are answered."""

    folder: Path
    real: bool
    ports: dict[str, int] = field(init=False)
    stack: Stack = field(init=False)
    processes: dict[str, Supervised] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.stack = Stack(self.folder / "stack", SERVICES if self.real else ("redis",))
        self.ports = {name: free_port() for name in Roles.of(real=self.real).arguments}

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def addresses(self) -> list[str]:
        return [f"http://127.0.0.1:{self.ports[name]}" for name in ("api-1", "api-2")]

    @property
    def services(self) -> Mapping[str, Server]:
        return self.stack.servers

    def limit_disk(self) -> None:
        """Give the home folder a small file system; needs a mount namespace of our own."""
        self.home.mkdir(parents=True, exist_ok=True)
        subprocess.run(  # noqa: S603 - a folder of ours
            ["/bin/mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "none", str(self.home)],
            check=True,
        )

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        for name, arguments in Roles.of(real=self.real).arguments.items():
            command = [*_COMMAND, *arguments, "--home", str(self.home)]
            command += ["--port", str(self.ports[name])]
            log = self.folder / f"{name}.log"
            self.processes[name] = Supervised(name, command, self._environment(name), log)
            self.processes[name].start()
        for name in self.processes:
            self.wait_for(name)

    def stop(self) -> dict[str, int]:
        return {name: process.stop() for name, process in self.processes.items()}

    def wait_for(self, name: str) -> None:
        self._patiently(lambda: self.answers(name), f"{name} does not answer")

    def answers(self, name: str) -> bool:
        return answers("127.0.0.1", self.ports[name])

    def _environment(self, name: str) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("FITTING_ROOM_")}
        return {
            **inherited,
            **self.stack.settings(),
            "FITTING_ROOM_API_SECRET": "only-for-this-run",
            "FITTING_ROOM_LEARNING_OUTCOME_WINDOW_SECONDS": str(OUTCOME_WINDOW_SECONDS),
            "FITTING_ROOM_LEARNING_SNAPSHOT_SECONDS": "1",
            "FITTING_ROOM_KAFKA_SESSION_TIMEOUT_SECONDS": str(SESSION_TIMEOUT_SECONDS),
            "FITTING_ROOM_KAFKA_MEMBER": name,
            "PYTHONUNBUFFERED": "1",
        }

    def _patiently(self, is_so: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not is_so():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{otherwise}: see the logs in {self.folder}")
            time.sleep(LOOK_SECONDS)
