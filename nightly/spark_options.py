"""Options of the night's Spark: sizes follow the data and the machine.

Options of the settings win over all of these.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage

from personalization.domain.errors import PersonalizationError
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.nightly import NightlySettings
from stack.jars import jars_of

MIB = 1024 * 1024
GIB = 1024 * MIB
SMALL_EVENTS = 300_000
"""Up to here planning again after every stage takes longer than the stages do, and Java's second
compiler longer than what it makes faster."""
EVENTS_OF_A_PARTITION = 200_000
FEWEST_PARTITIONS, MOST_PARTITIONS = 8, 2_000
SMALL_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
LARGE_JAVA = "-XX:+UseParallelGC"
SMALL_HEAP = 2 * GIB
LARGE_HEAP = 9 * GIB // 2
"""With the rest of the process tree below 8 GiB; what does not fit is spilled to the disk."""
LEAST_HEAP = 1 * GIB
BYTES_ON_DISK = 600
"""Of an event, while a night counts it: partials, shuffles and tables."""
BYTES_OF_PRODUCT = 4_000
_MEMORY_FILES = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
SMALL_MACHINE = {
    # A task costs more than a hundred thousand rows: as many as the cores of a small machine.
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.sql.adaptive.enabled": "false",
}
_EVERY_NIGHT = {
    # Packing takes longer than reading, and what does not fit is put on the disk.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
    # Visits are collected by the thousand: beyond 128 of them Spark would sort all of them again.
    "spark.sql.objectHashAggregate.sortBased.fallbackThreshold": "50000",
    # Spark takes a file's size for that of its rows when it looks for what to send to every task:
    # 400,000 rows of a packed file were 128 MiB there.
    "spark.sql.sources.fileCompressionFactor": "4.0",
}
_OWN_CONNECTOR = frozenset({"spark.jars", "spark.jars.packages"})
_CONNECTOR = {
    "spark.sql.extensions": "com.datastax.spark.connector.CassandraSparkExtensions",
    # As in the adapter: lists are a partition each, so that only requests side by side are fast.
    "spark.cassandra.output.concurrent.writes": "16",
    "spark.cassandra.output.batch.size.rows": "10",
    "spark.cassandra.input.fetch.sizeInRows": "5000",
}


class NightTooLargeError(PersonalizationError):
    """The machine has no room for the night."""


@dataclass(frozen=True, slots=True)
class NightSize:
    events: int
    """Of the period."""
    products: int

    @property
    def is_small(self) -> bool:
        return self.events <= SMALL_EVENTS

    @property
    def disk_bytes(self) -> int:
        return self.events * BYTES_ON_DISK + self.products * BYTES_OF_PRODUCT


@dataclass(frozen=True, slots=True)
class Machine:
    memory_bytes: int
    """That is free now, as far as this process may take it."""
    disk_bytes: int
    """Free where the warehouse is."""

    @classmethod
    def of_now(cls, warehouse: Path) -> "Machine":
        return cls(min(_available_memory(), _memory_limit()), disk_usage(warehouse).free)


def spark_options(nightly: NightlySettings, size: NightSize, machine: Machine) -> dict[str, str]:
    """Return the options of a session; raises `NightTooLargeError` before anything has started."""
    is_local = nightly.spark_master.startswith("local")
    if is_local:
        _check_disk(size, machine)
    heap = nightly.spark_driver_memory or _heap(size, machine, is_local=is_local)
    partitions = max(FEWEST_PARTITIONS, min(MOST_PARTITIONS, size.events // EVENTS_OF_A_PARTITION))
    large = {
        "spark.sql.shuffle.partitions": str(partitions),
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.adaptive.advisoryPartitionSizeInBytes": "64m",
    }
    java = nightly.spark_java_options or (SMALL_JAVA if size.is_small else LARGE_JAVA)
    return {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "WARN",
        # Hadoop has a umask of its own, whatever that of the process is.
        "spark.hadoop.fs.permissions.umask-mode": "077",
        "spark.driver.memory": heap,
        "spark.driver.extraJavaOptions": java,
        **_EVERY_NIGHT,
        **(SMALL_MACHINE if size.is_small else large),
        **nightly.spark_conf,
    }


def _heap(size: NightSize, machine: Machine, *, is_local: bool) -> str:
    """Return the memory of the driver, which does all the work where the master is local."""
    wanted = SMALL_HEAP if size.is_small or not is_local else LARGE_HEAP
    # As much again for Python, the files that it maps, and whatever else the machine does.
    heap = min(wanted, machine.memory_bytes // 2)
    if is_local and heap < LEAST_HEAP:
        raise NightTooLargeError(
            f"A night of {size.events:,} events and {size.products:,} products needs "
            f"{2 * LEAST_HEAP / GIB:.0f} GiB of memory, and {machine.memory_bytes / GIB:.1f} GiB "
            "are free. End what else runs, name less in FITTING_ROOM_NIGHTLY_SPARK_DRIVER_MEMORY "
            "at your own risk, or give the night a cluster (docs/spark.md)."
        )
    return f"{heap // MIB}m"


def _check_disk(size: NightSize, machine: Machine) -> None:
    if size.disk_bytes > machine.disk_bytes:
        raise NightTooLargeError(
            f"A night of {size.events:,} events and {size.products:,} products may write "
            f"{size.disk_bytes / GIB:.1f} GiB while it counts, and {machine.disk_bytes / GIB:.1f} "
            "GiB are free where the warehouse is. Make room, or count fewer days "
            "(FITTING_ROOM_NIGHTLY_PERIOD_DAYS)."
        )


def _available_memory() -> int:
    for line in Path("/proc/meminfo").read_text("ascii").splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    return 4 * GIB


def _memory_limit() -> int:
    """Return what a container allows; a very large number where there is no limit."""
    for file in _MEMORY_FILES:
        if file.exists():
            text = file.read_text("ascii").strip()
            return int(text) if text.isdigit() else 1 << 62
    return 1 << 62


def connector_options(nightly: NightlySettings, cassandra: CassandraSettings) -> dict[str, str]:
    """Return the options of a session that reads and writes Cassandra, but for the password."""
    if cassandra.contact_points is None:
        return {}
    return {
        **_jars(nightly.spark_conf),
        **_CONNECTOR,
        **_cluster(cassandra),
        **nightly.spark_conf,
    }


def _jars(given: Mapping[str, str]) -> dict[str, str]:
    if _OWN_CONNECTOR & given.keys():
        return {}
    return {"spark.jars": str(jars_of("connector") / "*.jar")}


def _cluster(cassandra: CassandraSettings) -> dict[str, str]:
    patience = str(round(cassandra.batch_timeout_seconds * 1000))
    options = {
        "spark.cassandra.connection.host": cassandra.contact_points,
        "spark.cassandra.connection.localDC": cassandra.local_datacenter,
        "spark.cassandra.auth.username": cassandra.username,
        "spark.cassandra.input.consistency.level": cassandra.consistency,
        "spark.cassandra.output.consistency.level": cassandra.consistency,
        "spark.cassandra.connection.timeoutMS": patience,
        "spark.cassandra.read.timeoutMS": patience,
    }
    return {name: value for name, value in options.items() if value is not None}
