"""What Spark's own event logs say of shuffles and broadcasts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

_MIB = 1 << 20
_TASK_END = b'"Event":"SparkListenerTaskEnd"'
_PLANS = (b'SQLExecutionStart"', b'SQLAdaptiveExecutionUpdate"')
_DRIVER_FIGURES = b'SparkListenerDriverAccumUpdates"'
_BROADCAST, _SIZE = "BroadcastExchange", "data size"


@dataclass(frozen=True, slots=True)
class SparkFigures:
    applications: int
    shuffle_mib: float
    spill_mib: float
    broadcast_mib: float
    """Of the largest one, in memory: a page of 16 MiB at least where rows are looked up."""


def event_log_conf(folder: Path) -> Mapping[str, str]:
    """Return the options with which Spark writes its logs there."""
    return {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": folder.resolve().as_uri(),
        "spark.eventLog.compress": "false",
    }


def read_event_logs(folder: Path) -> SparkFigures:
    """Sum what all tasks of all applications in the folder wrote for shuffles and spilled."""
    logs = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    read = [_read_log(path) for path in logs]
    return SparkFigures(
        len(logs),
        sum(log.shuffled for log in read) / _MIB,
        sum(log.spilled for log in read) / _MIB,
        max((log.largest_broadcast for log in read), default=0) / _MIB,
    )


@dataclass(slots=True)
class _LogSums:
    """Bytes of one application."""

    shuffled: int = 0
    spilled: int = 0
    broadcast_sizes: set[int] = field(default_factory=set[int])
    """Numbers under which Spark tells the sizes of broadcasts."""
    largest_broadcast: int = 0

    def add_task(self, end: dict[str, Any]) -> None:
        metrics = end.get("Task Metrics") or {}
        written = metrics.get("Shuffle Write Metrics") or {}
        self.shuffled += written.get("Shuffle Bytes Written", 0)
        self.spilled += metrics.get("Disk Bytes Spilled", 0)

    def add_driver_figures(self, told: dict[str, Any]) -> None:
        for number, value in told["accumUpdates"]:
            if number in self.broadcast_sizes:
                self.largest_broadcast = max(self.largest_broadcast, value)


def _read_log(log: Path) -> _LogSums:
    sums = _LogSums()
    with log.open("rb") as lines:
        for line in lines:
            if _TASK_END in line:
                sums.add_task(msgspec.json.decode(line))
            elif any(mark in line for mark in _PLANS):
                sums.broadcast_sizes.update(_sizes(msgspec.json.decode(line)["sparkPlanInfo"]))
            elif _DRIVER_FIGURES in line:
                sums.add_driver_figures(msgspec.json.decode(line))
    return sums


def _sizes(node: dict[str, Any]) -> Iterator[int]:
    """Yield the numbers of the sizes of all broadcasts of a plan."""
    if node["nodeName"] == _BROADCAST:
        yield from (
            metric["accumulatorId"] for metric in node["metrics"] if metric["name"] == _SIZE
        )
    for child in node["children"]:
        yield from _sizes(child)
