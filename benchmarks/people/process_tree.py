"""Processor time and memory of a command with all processes that it starts."""

import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.http_servers import processor_seconds
from benchmarks.process_memory import children_of, together_mib

LOOK_SECONDS = 1.0
FIRST_LOOK_SECONDS = 0.02
"""What ends soon is looked at more often: the pause doubles from look to look."""


@dataclass(frozen=True, slots=True)
class CommandCost:
    seconds: float
    processor_seconds: float
    """As of the last look, a second before the end at most."""
    peak_mib: float


def measure_command(command: Sequence[str]) -> CommandCost:
    """Raise `RuntimeError` with what was said where the command fails."""
    started, peak, spent = time.monotonic(), 0.0, dict[int, float]()
    pause = FIRST_LOOK_SECONDS
    with subprocess.Popen(  # noqa: S603 (our own command line)
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        while process.poll() is None:
            with suppress(
                FileNotFoundError, ProcessLookupError
            ):  # A process of the tree has ended.
                tree = [pid for pid in _with_descendants(process.pid) if _is_there(pid)]
                spent |= {pid: processor_seconds(pid) for pid in tree}
                peak = max(peak, together_mib(tree))
            time.sleep(pause)
            pause = min(LOOK_SECONDS, 2 * pause)
        said = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise RuntimeError(said)
    return CommandCost(time.monotonic() - started, sum(spent.values()), peak)


def _with_descendants(pid: int) -> list[int]:
    return [pid, *(found for child in children_of(pid) for found in _with_descendants(child))]


def _is_there(pid: int) -> bool:
    """Say whether it is more than the entry of a process that has ended."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
