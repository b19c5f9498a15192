"""A standalone cluster of Spark on loopback, from the PySpark that is installed."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pyspark

from stack.java_home import find_java_home
from stack.server import free_port

HOST = "127.0.0.1"
WORKER_CORES, WORKER_MEMORY = 1, "1g"
_PATIENCE_SECONDS = 180.0
_LOOK_SECONDS = 0.02
_SPARK_HOME = Path(pyspark.__file__).parent
_DEPLOY = "org.apache.spark.deploy"
_TASK_BEGINS = b"Running task "


@dataclass(frozen=True, slots=True)
class Worker:
    name: str
    process: subprocess.Popen[bytes]
    folder: Path
    """Of its executors: `app-.../0/stderr`."""

    def begun_tasks(self) -> int:
        """Return how many tasks its executors have begun so far."""
        return sum(file.read_bytes().count(_TASK_BEGINS) for file in self._logs())

    def has_begun(self, tasks: int) -> bool:
        return self.begun_tasks() >= tasks

    def _logs(self) -> list[Path]:
        return list(self.folder.glob("app-*/*/stderr"))


class StandaloneCluster:
    """A master and workers; each worker leads a process group with its executors."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._master: subprocess.Popen[bytes] | None = None
        self.workers: list[Worker] = []
        """In the order of their starts, the killed ones among them."""

    @property
    def address(self) -> str:
        return f"spark://{HOST}:{self._port}"

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True)
        try:
            ports = ["--port", str(self._port), "--webui-port", str(free_port())]
            self._master = self._launch("master", ["master.Master", "--host", HOST, *ports])
            self._wait_for("master", "I have been elected leader", self._master)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def add_worker(self) -> Worker:
        """Start a worker and wait until the master knows it."""
        name = f"worker-{len(self.workers) + 1}"
        folder = self._folder / name
        size = ["--cores", str(WORKER_CORES), "--memory", WORKER_MEMORY]
        place = ["--host", HOST, "--webui-port", str(free_port()), "--work-dir", str(folder)]
        process = self._launch(name, ["worker.Worker", *size, *place, self.address])
        worker = Worker(name, process, folder)
        self.workers.append(worker)
        self._wait_for(name, "Successfully registered with master", process)
        return worker

    def kill(self, worker: Worker) -> None:
        """Kill a worker and its executors as a machine dies: nothing is said to anybody."""
        os.killpg(worker.process.pid, signal.SIGKILL)
        worker.process.wait()

    def _launch(self, name: str, arguments: list[str]) -> subprocess.Popen[bytes]:
        main, *rest = arguments
        environment = {
            "JAVA_HOME": str(find_java_home()),
            "SPARK_HOME": str(_SPARK_HOME),
            "SPARK_LOCAL_IP": HOST,
            "SPARK_DAEMON_MEMORY": "256m",
            "PATH": os.environ["PATH"],
        }
        with self._log(name).open("wb") as log:
            return subprocess.Popen(  # noqa: S603 (Spark's own launcher)
                [_SPARK_HOME / "bin" / "spark-class", f"{_DEPLOY}.{main}", *rest],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def _wait_for(self, name: str, words: str, process: subprocess.Popen[bytes]) -> None:
        log = self._log(name)
        wait_until(lambda: words in log.read_text("utf-8", "replace"), process, f"see {log}")

    def _end(self) -> None:
        started = [*(worker.process for worker in self.workers), self._master]
        for process in filter(None, started):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_until(
    condition: Callable[[], bool], process: subprocess.Popen[bytes], reason: str
) -> None:
    """Wait while a process lives; raises `RuntimeError` where it ends or takes too long."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"What was waited for did not come: {reason}")
        time.sleep(_LOOK_SECONDS)
