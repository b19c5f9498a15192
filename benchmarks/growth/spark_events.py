"""What Spark's own event logs say of shuffles."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

_MIB = 1 << 20
_TASK_END = b'"Event":"SparkListenerTaskEnd"'


@dataclass(frozen=True, slots=True)
class SparkFigures:
    applications: int
    shuffle_mib: float
    spill_mib: float


def event_log_conf(folder: Path) -> Mapping[str, str]:
    """Return the options with which Spark writes its logs there."""
    return {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": folder.resolve().as_uri(),
        "spark.eventLog.compress": "false",
    }


def read_event_logs(folder: Path) -> SparkFigures:
    """Sum what all tasks of all applications in the folder wrote for shuffles and spilled."""
    shuffled = spilled = 0
    logs = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    for log in logs:
        with log.open("rb") as lines:
            for line in lines:
                if _TASK_END not in line:
                    continue
                metrics = msgspec.json.decode(line).get("Task Metrics") or {}
                written = metrics.get("Shuffle Write Metrics") or {}
                shuffled += written.get("Shuffle Bytes Written", 0)
                spilled += metrics.get("Disk Bytes Spilled", 0)
    return SparkFigures(len(logs), shuffled / _MIB, spilled / _MIB)
