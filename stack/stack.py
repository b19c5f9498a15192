from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from stack.cassandra_server import cassandra_server
from stack.jars import all_jars
from stack.kafka_server import kafka_server
from stack.server import Server, memory_mib
from stack.wiring import redis_server

SERVICES = ("kafka", "cassandra", "redis")
_FROM_JARS = ("kafka", "cassandra")
SETTINGS_FILE = "settings.env"
_VARIABLES = {
    "kafka": "FITTING_ROOM_KAFKA_SERVERS",
    "cassandra": "FITTING_ROOM_CASSANDRA_CONTACT_POINTS",
    "redis": "FITTING_ROOM_REDIS_URL",
}


@dataclass(frozen=True, slots=True)
class ServiceState:
    name: str
    address: str
    up: bool
    pid: int | None
    memory_mib: float
    log_file: Path


class Stack:
    """The services of a folder; any process may bring them up, look at them or take them down."""

    def __init__(self, folder: Path, services: Sequence[str] = SERVICES) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        jars = all_jars([service for service in services if service in _FROM_JARS])
        self.servers = {name: _server(name, self.folder / name, jars) for name in services}

    def up(self) -> None:
        """Start what is not running; raises `StackUnavailableError` with the end of a log."""
        for server in self.servers.values():
            server.launch()
        with ThreadPoolExecutor(len(self.servers)) as pool:
            list(pool.map(Server.wait, self.servers.values()))
        self._write_settings({**self._read_settings(), **self.settings()})

    def down(self) -> None:
        with ThreadPoolExecutor(len(self.servers)) as pool:
            list(pool.map(Server.stop, self.servers.values()))
        ours = self.settings()
        self._write_settings({k: v for k, v in self._read_settings().items() if k not in ours})

    def settings(self) -> Mapping[str, str]:
        """Return the environment that makes Fitting Room use these services."""
        return {_VARIABLES[name]: server.address for name, server in self.servers.items()}

    def _read_settings(self) -> Mapping[str, str]:
        """Return the settings of what was brought up before, of whichever services."""
        file = self.folder / SETTINGS_FILE
        lines = file.read_text().splitlines() if file.exists() else []
        return dict(line.split("=", 1) for line in lines)

    def _write_settings(self, settings: Mapping[str, str]) -> None:
        file = self.folder / SETTINGS_FILE
        if not settings:
            file.unlink(missing_ok=True)
            return
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))

    def status(self) -> list[ServiceState]:
        return [
            ServiceState(
                name=name,
                address=server.address,
                up=server.pid is not None and server.is_ready(),
                pid=server.pid,
                memory_mib=memory_mib(server.pid),
                log_file=server.log_file,
            )
            for name, server in self.servers.items()
        ]


def _server(name: str, folder: Path, jars: Mapping[str, Path]) -> Server:
    if name == "kafka":
        return kafka_server(folder, jars["kafka"])
    if name == "cassandra":
        return cassandra_server(folder, jars["cassandra"])
    return redis_server(folder)
