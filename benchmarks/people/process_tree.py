"""Processor time and memory of a command with all processes that it starts."""

import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from os import sysconf
from pathlib import Path

from benchmarks.process_memory import together_mib

LOOK_SECONDS = 1.0
_TICKS = sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class CommandCost:
    seconds: float
    processor_seconds: float
    """As of the last look, a second before the end at most."""
    peak_mib: float


def measure_command(command: Sequence[str]) -> CommandCost:
    """Raise `RuntimeError` with what was said where the command fails."""
    started, peak, spent = time.monotonic(), 0.0, dict[int, float]()
    with subprocess.Popen(  # noqa: S603 (our own command line)
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        while process.poll() is None:
            with suppress(
                FileNotFoundError, ProcessLookupError
            ):  # A process of the tree has ended.
                tree = [pid for pid in _with_descendants(process.pid) if _is_there(pid)]
                spent |= {pid: _processor_seconds(pid) for pid in tree}
                peak = max(peak, together_mib(tree))
            time.sleep(LOOK_SECONDS)
        said = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise RuntimeError(said)
    return CommandCost(time.monotonic() - started, sum(spent.values()), peak)


def _with_descendants(pid: int) -> list[int]:
    children = [
        int(child)
        for file in Path(f"/proc/{pid}/task").glob("*/children")
        for child in file.read_text().split()
    ]
    return [pid, *(found for child in children for found in _with_descendants(child))]


def _is_there(pid: int) -> bool:
    """Say whether it is more than the entry of a process that has ended."""
    return _fields(pid)[0] != "Z"


def _processor_seconds(pid: int) -> float:
    fields = _fields(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _fields(pid: int) -> list[str]:
    """Return what `proc(5)` says of a process from its state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
