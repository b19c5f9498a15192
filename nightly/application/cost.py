"""What the application of a night and all that it has started have cost so far."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_GROUP, _FIRST_TIME, _LAST_TIME = 2, 11, 15
"""Places behind the name in a line of `/proc/PID/stat` (proc(5), from `state` on)."""
_PEAK = "VmHWM:"


@dataclass(frozen=True, slots=True)
class GroupCost:
    processor_seconds: float
    """Of the processes that live, and of those that they have waited for."""
    peak_bytes: int
    """The most that each has held in memory, added up: no less than all held at a time."""

    @classmethod
    def of_group(cls, group: int) -> "GroupCost":
        """Measure the processes of a process group."""
        ticks = peak = 0
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()
                if int(fields[_GROUP]) != group:
                    continue
                ticks += sum(map(int, fields[_FIRST_TIME:_LAST_TIME]))
                peak += _peak_of((folder / "status").read_text("utf-8"))
            except (FileNotFoundError, ProcessLookupError):
                # It ended meanwhile.
                continue
        return cls(ticks / _TICKS, peak)


def _peak_of(status: str) -> int:
    lines = (line.split() for line in status.splitlines())
    return next((int(line[1]) * 1024 for line in lines if line and line[0] == _PEAK), 0)
