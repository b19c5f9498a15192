"""From events in the order of their time to sums per arm: who was exposed, settled, and when.

A unit is exposed by its first impression of a decision that carries the experiment. It is watched
for the experiment's window and settles then, once for all: what the sums are made of does not
change any more, which is what conclusions at any time rest on. An arm that was stopped keeps the
sums of that moment, its control's too, so that both were exposed to the same times.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from personalization.domain.consent import ConsentPurpose, agrees
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import ProductId, SessionId
from personalization.experiments.arm_sums import ArmSums
from personalization.experiments.experiment import Experiment
from personalization.experiments.sample_ratio import Phase
from personalization.experiments.seen_slate import Position
from personalization.experiments.watched_unit import WatchedUnit
from personalization.statistics.ratio_sums import RatioSums

CURVE_STEP = 1.03
"""The curve has a point for every 3 % more units: a few hundred, however many there are."""


@dataclass(frozen=True, slots=True)
class ExposingDecision:
    """What counts of a decision that carries the experiment."""

    session_id: SessionId
    unit_id: str
    arm: str
    """The arm whose treatment it gave."""
    positions: Mapping[ProductId, Position]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The primary metric's sums of all arms, as they stood after some units."""

    units: int
    sums: Mapping[str, RatioSums]


@dataclass(slots=True)
class Measurement:
    experiment: Experiment
    sums: dict[str, ArmSums] = field(init=False)
    """By arm, as of now; for a stopped arm as of its stop."""
    at_stop: dict[str, dict[str, ArmSums]] = field(default_factory=dict)
    """Stopped arm -> the sums of all arms as they stood at that moment."""
    curve: list[CurvePoint] = field(default_factory=list)
    fallen: dict[str, int] = field(default_factory=dict)
    """Stopped arm -> units that came after its stop and got the control's treatment."""
    misplaced: int = 0
    """Units with a treatment that their hash does not explain: there should be none."""
    made_up: int = 0
    """Events with impressions of decisions that cannot have been made."""
    cut_orders: int = 0
    """Orders and refunds of which a line counts for less than it says."""
    _watched: dict[str, WatchedUnit] = field(default_factory=dict)
    """In the order of exposure, which is that of settling."""
    _known: set[str] = field(default_factory=set)
    _unit_of: dict[SessionId, str] = field(default_factory=dict)
    _exposed: dict[frozenset[str], dict[str, int]] = field(default_factory=dict)
    """The arms that ran -> units first exposed then, by arm."""

    def __post_init__(self) -> None:
        self.sums = {arm.name: ArmSums() for arm in self.experiment.arms}

    @property
    def waiting(self) -> int:
        return len(self._watched)

    def take(
        self, event: Event, decision: ExposingDecision | None, prices: Mapping[ProductId, int]
    ) -> None:
        self.settle(event.occurred_at)
        if not agrees(event.consent, ConsentPurpose.MEASURE):
            # What has settled is part of a sum; of what is still watched nothing will be.
            self._watched.pop(self._unit_of.get(event.session_id, ""), None)
            return
        if event.type is EventType.IMPRESSION:
            ours = decision is not None and decision.session_id == event.session_id
            if decision is not None and ours and self._watching(event, decision):
                self._watched[decision.unit_id].see(event, decision.positions)
            return
        unit = self._watched.get(self._unit_of.get(event.session_id, ""))
        if unit is not None:
            unit.act(event, prices)

    def settle(self, now: datetime) -> None:
        """Count the units whose window has passed by a moment."""
        window = self.experiment.window
        while self._watched:
            unit = next(iter(self._watched.values()))
            settled_at = unit.exposed_at + window
            if settled_at > now:
                return
            self._stop_arms(settled_at)
            self._count(self._watched.pop(unit.unit_id), settled_at)

    def finish(self, now: datetime) -> None:
        """Settle what can be by now, and keep the sums of the arms that were stopped since."""
        self.settle(now)
        self._stop_arms(now)
        self._add_point()

    def phases(self) -> Iterator[Phase]:
        """Yield the counts of exposed units for each set of arms that ran together."""
        for running, counts in self._exposed.items():
            arms = [arm for arm in self.experiment.arms if arm.name in running]
            whole = sum(arm.share for arm in arms)
            shares = [arm.share / whole for arm in arms]
            yield Phase([counts.get(arm.name, 0) for arm in arms], shares)

    def exposed_units(self, arm: str) -> int:
        return sum(counts.get(arm, 0) for counts in self._exposed.values())

    def _watching(self, event: Event, decision: ExposingDecision) -> bool:
        unit_id = decision.unit_id
        if unit_id not in self._known and not self._over(event.occurred_at):
            self._known.add(unit_id)
            self._expose(event, decision)
        if unit_id in self._watched:
            self._unit_of[event.session_id] = unit_id
            return True
        return False

    def _expose(self, event: Event, decision: ExposingDecision) -> None:
        assigned = self.experiment.assign(decision.unit_id).name
        stopped_at = self.experiment.stopped_at(assigned)
        if assigned != decision.arm:
            if stopped_at is None or decision.arm != self.experiment.control:
                self.misplaced += 1
            else:
                self.fallen[assigned] = self.fallen.get(assigned, 0) + 1
            return
        if stopped_at is not None and event.occurred_at >= stopped_at:
            # Served before the stop had reached the scorers: neither the arm's nor the control's.
            return
        names = (arm.name for arm in self.experiment.arms)
        running = frozenset(arm for arm in names if not self._stopped_by(arm, event.occurred_at))
        counts = self._exposed.setdefault(running, {})
        counts[assigned] = counts.get(assigned, 0) + 1
        self._watched[decision.unit_id] = WatchedUnit(decision.unit_id, assigned, event.occurred_at)

    def _count(self, unit: WatchedUnit, settled_at: datetime) -> None:
        for session_id in unit.sessions:
            # Unless another user has come in the same session since, who is watched still.
            if self._unit_of.get(session_id) == unit.unit_id:
                del self._unit_of[session_id]
        if self._stopped_by(unit.arm, settled_at) or self._over(settled_at):
            return
        shown = (product for slate in unit.slates.values() for product in slate.seen)
        self.sums[unit.arm].add(unit.ratios(), shown)
        counted = sum(sums.units for sums in self.sums.values())
        if not self.curve or counted >= self.curve[-1].units * CURVE_STEP:
            self._add_point()

    def _stop_arms(self, moment: datetime) -> None:
        for stop in self.experiment.stopped:
            if stop.at <= moment and stop.arm not in self.at_stop:
                self.at_stop[stop.arm] = {name: sums.copy() for name, sums in self.sums.items()}

    def _stopped_by(self, arm: str, moment: datetime) -> bool:
        stopped_at = self.experiment.stopped_at(arm)
        return stopped_at is not None and stopped_at <= moment

    def _over(self, moment: datetime) -> bool:
        ended_at = self.experiment.ended_at
        return ended_at is not None and ended_at < moment

    def _add_point(self) -> None:
        primary = self.experiment.primary
        sums = {name: sums.of(primary) for name, sums in self.sums.items()}
        self.curve.append(CurvePoint(sum(sums.units for sums in self.sums.values()), sums))
