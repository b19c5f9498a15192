"""A Redis Cluster of three nodes on loopback, really running, without replicas."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from personalization.adapters.redis.server_program import programs
from tests.waiting import eventually

NODES = 3
SLOTS = 16_384
BUS = 10_000
"""A node's own port is this far above that of its clients."""
START_SECONDS = 20.0


class RedisCluster:
    """The nodes by their ports; started again they have their slots and what they held."""

    def __init__(self, folder: Path) -> None:
        self._folders = [folder / f"node-{number}" for number in range(NODES)]
        self.ports = _free_ports()
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        """Where one of the nodes is."""
        return f"redis://127.0.0.1:{self.ports[0]}"

    @property
    def running(self) -> bool:
        """Whether the nodes have been started."""
        return bool(self._processes)

    def start(self) -> None:
        """Start the nodes; return when they answer, which is before they agree."""
        executable = str(programs()[0].path)
        for folder, port in zip(self._folders, self.ports, strict=True):
            folder.mkdir(parents=True, exist_ok=True)
            options = {
                "bind": "127.0.0.1", "port": str(port), "dir": str(folder), "save": "",
                "appendonly": "yes", "appendfsync": "everysec", "logfile": str(folder / "log"),
                "cluster-enabled": "yes", "cluster-node-timeout": "2000",
            }  # fmt: skip
            words = [word for name, value in options.items() for word in (f"--{name}", value)]
            self._processes.append(subprocess.Popen([executable, *words], start_new_session=True))
        for port in self.ports:
            eventually(partial(_answers, port), START_SECONDS)

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(START_SECONDS)
        self._processes = []

    def form(self) -> None:
        """Share out the slots and make the nodes known to each other."""
        for number, port in enumerate(self.ports):
            with closing(redis.Redis(port=port)) as node:
                node.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
                slots = range(SLOTS * number // NODES, SLOTS * (number + 1) // NODES)
                node.execute_command("CLUSTER ADDSLOTS", *slots)
                node.execute_command("CLUSTER MEET", "127.0.0.1", self.ports[0])
        self.agree()

    def agree(self) -> None:
        """Wait until every node takes commands."""
        for port in self.ports:
            eventually(partial(_agrees, port), START_SECONDS)

    def empty(self) -> None:
        """Forget all keys."""
        for port in self.ports:
            with closing(redis.Redis(port=port)) as node:
                node.flushall()


@contextmanager
def running(folder: Path) -> Iterator[RedisCluster]:
    """Run a cluster until the end of the block."""
    cluster = RedisCluster(folder)
    try:
        cluster.start()
        cluster.form()
        yield cluster
    finally:
        cluster.stop()


def _answers(port: int) -> bool:
    with closing(redis.Redis(port=port, retry=Retry(NoBackoff(), 0))) as node:
        try:
            return bool(node.ping())
        except redis.ConnectionError:
            return False


def _agrees(port: int) -> bool:
    with closing(redis.Redis(port=port)) as node:
        told: dict[str, str] = node.execute_command("CLUSTER INFO")
        return (told["cluster_state"], told["cluster_known_nodes"]) == ("ok", str(NODES))


def _free_ports() -> list[int]:
    """Return ports that are free, and whose buses are."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        first = probe.getsockname()[1] % 20_000 + 20_000
    candidates = range(first, first + 2_000)
    found = [candidate for candidate in candidates if _free(candidate) and _free(candidate + BUS)]
    return found[:NODES]


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
