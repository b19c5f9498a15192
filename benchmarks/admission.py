"""What the gate before the log lets in, and how late that is, over a simulated scorer.

    python -m benchmarks.admission

Nothing is served and no clock is read, so that the figures are the same on every machine. Events
come by chance (Poisson) at a share of what the scorer carries. The scorer takes all that waits, at
most 32 events at once, and announces their profiles together; a poll costs 2.5 ms and each event
2.5 ms, each drawn from a fifth below to a third above. In some rows the disk pauses now and then,
so that nothing comes out of the scorer for 50 to 150 ms.
"""

import math
import random
import statistics
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from api.tracking.admission import ScorerWindow
from personalization.domain.identifiers import SessionId
from personalization.ports.notifier import ProfileChanged
from personalization.settings.admission import AdmissionSettings

SEED = 1
SECONDS = 30.0
BATCH = 32
POLL_SECONDS, EVENT_SECONDS = 0.0025, 0.0025
SPREAD = (0.8, 1.3)
PAUSE_SECONDS = (0.05, 0.15)
SHARES = (0.25, 0.5, 0.75, 0.9, 1.2, 3.0)
PAUSES_EVERY = (None, 1.0)
CAPACITY = BATCH / (POLL_SECONDS + BATCH * EVENT_SECONDS) / statistics.fmean(SPREAD)
"""Events/s of full batches."""


@dataclass(slots=True)
class GateFigures:
    offered: int = 0
    refused: int = 0
    delays: list[float] = field(default_factory=list)

    @property
    def let_in(self) -> float:
        return 1 - self.refused / self.offered

    def quantile(self, percent: int) -> float:
        return statistics.quantiles(self.delays, n=100)[percent - 1]


@dataclass(slots=True)
class SimulatedGate:
    """The real window before a scorer whose time is counted, not spent."""

    chance: random.Random
    pauses: Iterator[float]
    figures: GateFigures = field(default_factory=GateFigures)
    now: float = 0.0
    _window: ScorerWindow = field(init=False)
    _waiting: deque[tuple[SessionId, float]] = field(init=False, default_factory=deque)
    _taken: list[tuple[SessionId, float]] = field(init=False, default_factory=list)
    _done_at: float = field(init=False, default=0.0)
    _pause_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._window = ScorerWindow(AdmissionSettings(), lambda: self.now)
        self._pause_at = next(self.pauses)

    def offer(self, moment: float, session_id: SessionId) -> None:
        """Let one event come, after all that is due before it."""
        self.work_until(moment)
        self.now = moment
        self.figures.offered += 1
        if not self._window.has_room(1):
            self.figures.refused += 1
            return
        self._window.let_in(1).wait(session_id, 1)
        self._waiting.append((session_id, moment))
        if not self._taken:
            self._begin()

    def work_until(self, moment: float) -> None:
        while self._taken and self._done_at <= moment:
            self.now = self._done_at
            self._window.on_changes([ProfileChanged(key, 1) for key, _ in self._taken])
            self.figures.delays += [self.now - since for _, since in self._taken]
            self._taken.clear()
            if self._waiting:
                self._begin()

    def _begin(self) -> None:
        taken = min(BATCH, len(self._waiting))
        self._taken += [self._waiting.popleft() for _ in range(taken)]
        seconds = (POLL_SECONDS + EVENT_SECONDS * taken) * self.chance.uniform(*SPREAD)
        self._done_at = self.now + seconds
        while self._pause_at <= self._done_at:
            self._done_at += self.chance.uniform(*PAUSE_SECONDS)
            self._pause_at = next(self.pauses)


def gate_figures(share: float, pause_every: float | None, seconds: float = SECONDS) -> GateFigures:
    """Offer a share of the capacity for so long."""
    chance = random.Random(SEED)
    gate = SimulatedGate(chance, _moments(random.Random(SEED), pause_every))
    while True:
        moment = gate.now + chance.expovariate(share * CAPACITY)
        if moment > seconds:
            gate.work_until(math.inf)
            return gate.figures
        gate.offer(moment, SessionId(str(gate.figures.offered)))


def _moments(chance: random.Random, every: float | None) -> Iterator[float]:
    moment = 0.0
    while True:
        moment += math.inf if every is None else chance.expovariate(1 / every)
        yield moment


def main() -> None:
    table = Table("offered / capacity", "pauses", "let in", "p50", "p99")
    for share in SHARES:
        for every in PAUSES_EVERY:
            figures = gate_figures(share, every)
            median, late = (f"{1e3 * figures.quantile(percent):.0f} ms" for percent in (50, 99))
            pauses = "none" if every is None else f"each {every:g} s"
            table.add_row(f"{share:g}", pauses, f"{100 * figures.let_in:.1f} %", median, late)
    Console().print(f"Capacity {CAPACITY:.0f} events/s", table)


if __name__ == "__main__":
    main()
