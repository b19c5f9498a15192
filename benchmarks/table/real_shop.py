"""A shop on Kafka, Cassandra and Redis: each role a process, on services that really run."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

from benchmarks.soak import READY_SECONDS, STOP_SECONDS, ServedShop
from benchmarks.table.bench_home import shop_lists
from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.ports.stores import KeptStores
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.kafka import KafkaSettings
from personalization.settings.redis import RedisSettings
from personalization.wiring import CoreSettings, open_kept
from stack.server import answers, free_port
from stack.stack import Stack

RUNNING_STACK = "FITTING_ROOM_TEST_STACK"
"""Names the folder of a stack that already runs, for the tests as well."""
ALL_LISTS = 1_000_000
IMPORT_SECONDS = 30.0
LOOK_SECONDS = 0.05
ROLES = ("scorer", "history", "learner")


@dataclass(frozen=True, slots=True)
class RealShop:
    served: ServedShop
    settings: CoreSettings
    pids: Mapping[str, int]
    """Of the roles' processes and the API's."""
    ports: Mapping[str, int]

    def count_decisions(self) -> float:
        """Return how many profiles the scorer has made for events."""
        with urlopen(f"http://127.0.0.1:{self.ports['scorer']}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        wanted = 'fitting_room_profiles_made_total{kind="live"}'
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(wanted))


@contextmanager
def real_shop(
    home: Path,
    roles: Sequence[str] = ROLES,
    beside: Path | None = None,
    more: Mapping[str, str] | None = None,
) -> Iterator[RealShop]:
    """Serve a home's shop from the real stack: one that runs, or one of its own.

    Logs, and the services' files, are in a folder `beside` the home, or in it; `more` is of the
    processes' environment.
    On a stack that runs it has a keyspace and topics of its own; the keyspace is dropped again.
    """
    running = os.environ.get(RUNNING_STACK)
    folder = beside or home
    stack = Stack(Path(running) if running else folder / "stack")
    with ExitStack() as opened:
        if not running:
            opened.callback(stack.down)
        stack.up()
        settings = _settings_on(stack, home)
        opened.callback(_drop_keyspace, settings)
        copy_stores(CoreSettings.of_home(home), settings)
        environment = {**os.environ, **environment_of(settings), **(more or {})}
        yield opened.enter_context(_processes(settings, home, roles, folder, environment))


def copy_stores(source: CoreSettings, target: CoreSettings) -> None:
    """Copy what a shop begins a day with into other stores: catalogue, priors, newest models."""
    with open_kept(source) as old, open_kept(target) as new:
        new.catalogue.write_categories(old.catalogue.all_categories())
        for chunk in old.catalogue.all_products():
            new.catalogue.write_products(chunk)
        version = old.models.current()
        if version is not None:
            new.models.save(old.models.load(version), None)
        _copy_generation(old, new)


def _copy_generation(old: KeptStores, new: KeptStores) -> None:
    active = old.priors.active()
    if active is None:
        return
    name = active.generation_id
    keys = old.priors.keys(name, ALL_LISTS)
    new.priors.write_many(name, old.priors.read_many(name, keys).items())
    new.priors.write_index(name, old.priors.read_index(name))
    new.priors.register(active)
    new.priors.promote(name)


def _settings_on(stack: Stack, home: Path) -> CoreSettings:
    addresses = {name: server.address for name, server in stack.servers.items()}
    own = f"bench_{uuid4().hex[:12]}"
    return replace(
        CoreSettings.of_home(home),
        kafka=KafkaSettings(servers=addresses["kafka"], topic_prefix=f"{own}_"),
        cassandra=CassandraSettings(
            contact_points=addresses["cassandra"], keyspace=own, timeout_seconds=IMPORT_SECONDS
        ),
        redis=RedisSettings(url=addresses["redis"], namespace=own),
    )


def _drop_keyspace(settings: CoreSettings) -> None:
    with closing(CassandraConnection(settings.cassandra)) as connection:
        name = settings.cassandra.keyspace
        connection.session().execute(f"DROP KEYSPACE {name}", timeout=IMPORT_SECONDS)


@contextmanager
def _processes(
    settings: CoreSettings,
    home: Path,
    roles: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
) -> Iterator[RealShop]:
    ports = {name: free_port() for name in (*roles, "api")}
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, port in ports.items():
            arguments = ["api"] if name == "api" else ["realtime", "--role", name]
            command = [sys.executable, "-m", "cli.main", *arguments, "--port", str(port)]
            with (folder / f"{name}.log").open("ab") as log:
                running[name] = subprocess.Popen(  # noqa: S603 - our own command line
                    [*command, "--home", str(home)], stdout=log, stderr=log, env=environment
                )
        for name, port in ports.items():
            _wait_for(port, folder / f"{name}.log")
        address = f"http://127.0.0.1:{ports['api']}"
        served = ServedShop(home, address, running["api"].pid, *shop_lists(home))
        pids = {name: process.pid for name, process in running.items()}
        yield RealShop(served, settings, pids, ports)
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.wait(STOP_SECONDS)


def _wait_for(port: int, log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while not answers("127.0.0.1", port):
        if time.monotonic() > until:
            raise TimeoutError(log.read_text()[-2_000:])
        time.sleep(LOOK_SECONDS)


def environment_of(settings: CoreSettings) -> dict[str, str]:
    kafka, cassandra, redis = settings.kafka, settings.cassandra, settings.redis
    return {
        "FITTING_ROOM_KAFKA_SERVERS": kafka.servers or "",
        "FITTING_ROOM_KAFKA_TOPIC_PREFIX": kafka.topic_prefix,
        "FITTING_ROOM_CASSANDRA_CONTACT_POINTS": cassandra.contact_points or "",
        "FITTING_ROOM_CASSANDRA_KEYSPACE": cassandra.keyspace,
        "FITTING_ROOM_REDIS_URL": redis.url or "",
        "FITTING_ROOM_REDIS_NAMESPACE": redis.namespace,
        "FITTING_ROOM_API_SECRET": "only-for-this-run",
    }
