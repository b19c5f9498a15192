"""Lines that say how far a run is: the DAGs write them (`dags.progress`), who waits reads them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from personalization.codec.json_codec import JsonCodec


class TaskState(StrEnum):
    """What happened to a task."""

    RUNNING = "running"
    SUCCESS = "success"
    RETRY = "retry"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not a step of nights over these stores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressLine:
    """One change of one task's state."""

    task: str
    state: TaskState
    at: datetime
    reason: str | None = None
    """Why it failed, cut to what a terminal can show: the log has all of it."""


_CODEC: JsonCodec[ProgressLine] = JsonCodec(ProgressLine)


def read_progress(path: Path) -> list[ProgressLine]:
    """Return the lines that are complete; none before the file exists."""
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    return [_CODEC.decode(line) for line in lines]
