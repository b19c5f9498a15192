"""What a step costs: a command with all processes that it starts, on a machine of some load."""

import os
import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.people.process_tree import measure_command


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCost:
    step: str
    events: int
    """Of the history when the step ends."""
    seconds: float
    processor_seconds: float
    peak_mib: float
    """Of the whole process tree together, looked at every second."""
    load_before: float
    load_after: float
    shuffle_mib: float | None = None
    """Written by Spark for its shuffles; None where no Spark ran."""
    spill_mib: float | None = None
    broadcast_mib: float | None = None
    """The largest thing that Spark sent to every task."""
    applications: int | None = None

    def cells(self) -> tuple[str, ...]:
        return (
            f"{self.events:,}",
            self.step,
            f"{self.seconds:,.1f}",
            f"{self.processor_seconds:,.1f}",
            f"{self.peak_mib:,.0f}",
            *("" if number is None else f"{number:,.1f}" for number in self._of_spark()),
            "" if self.applications is None else str(self.applications),
            f"{self.load_before:.1f} to {self.load_after:.1f}",
        )

    def _of_spark(self) -> tuple[float | None, ...]:
        return self.shuffle_mib, self.spill_mib, self.broadcast_mib


HEADERS = (
    "events",
    "step",
    "wall s",
    "processor s",
    "peak MiB",
    "shuffle MiB",
    "spill MiB",
    "broadcast MiB",
    "Spark applications",
    "load",
)


def measure_step(
    step: str, events: int, command: Sequence[str], environment: Mapping[str, str] | None = None
) -> StepCost:
    """Run a command to its end; raises `RuntimeError` with what it said where it fails."""
    before = os.environ.copy()
    os.environ.update(environment or {})
    load, spent, started = os.getloadavg()[0], _waited_for(), time.monotonic()
    try:
        cost = measure_command(command)
    finally:
        os.environ.clear()
        os.environ.update(before)
    measured = StepCost(
        step=step,
        events=events,
        seconds=time.monotonic() - started,
        processor_seconds=cost.processor_seconds,
        peak_mib=cost.peak_mib,
        load_before=load,
        load_after=os.getloadavg()[0],
    )
    # Looks miss what ends between two of them, and waiting misses what nobody waits for.
    return replace(measured, processor_seconds=max(cost.processor_seconds, _waited_for() - spent))


def _waited_for() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
