"""Experiments: arms that units are assigned to by a hash, and what decides between them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import isclose

from personalization.codec.json_codec import JsonCodec
from personalization.domain.errors import InvalidPolicyError
from personalization.domain.tuning import DEFAULT_TUNING, Tuning
from personalization.experiments.arm import Arm
from personalization.experiments.metric import Metric
from personalization.policies.spec import PolicySpec

_DIGEST_BYTES = 8
_WHOLE = float(1 << (8 * _DIGEST_BYTES))
WINDOW_SECONDS = 1800.0
"""As long as an impression's outcome is waited for, unless the experiment says otherwise."""
TUNABLE = frozenset(
    setting.name
    for setting in fields(Tuning)
    if isinstance(getattr(DEFAULT_TUNING, setting.name), int | float)
)
"""What of the tuning an arm may change: its numbers."""
PLANNED_UNITS = 2_000
MINIMAL_EFFECT = 0.1


def bucket_of(salt: str, unit_id: str) -> float:
    """Return the unit's place in [0, 1), uniform over units and independent between salts.

    SHA-256 of `salt/unit`: a cheaper hash may be uniform and still correlate between salts, so
    that the shoppers of one experiment's arm would mostly be in the same arm of another.
    """
    digest = hashlib.sha256(f"{salt}/{unit_id}".encode()).digest()[:_DIGEST_BYTES]
    # The 64-bit number is rounded to 53 bits: the largest would round up to 1.
    return min(int.from_bytes(digest, "big") / _WHOLE, 1.0 - 2.0**-53)


class Unit(StrEnum):
    SESSION = "session"
    USER = "user"
    """A session without a known user takes no part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrail:
    """A metric of which an arm must not lose more than a share of the control's value."""

    metric: Metric
    largest_loss: float
    """0 to 1, relative."""

    def __post_init__(self) -> None:
        if not 0 <= self.largest_loss < 1:
            raise ValueError("A guardrail's largest loss is a share from 0 to below 1.")
        if self.metric is Metric.COVERAGE:
            raise ValueError("Coverage has no interval: it cannot guard anything.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedArm:
    """An arm whose units have had the control's treatment since a moment."""

    arm: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A question put to shoppers; equal units get equal answers for as long as it runs."""

    experiment_id: str
    arms: tuple[Arm, ...]
    control: str
    started_at: datetime
    salt: str
    """Another salt gives another assignment."""
    unit: Unit = Unit.SESSION
    primary: Metric = Metric.CTR
    guardrails: tuple[Guardrail, ...] = ()
    minimal_effect: float = MINIMAL_EFFECT
    """The smallest effect on the primary metric that matters, as a share of the control's value."""
    planned_units: int = PLANNED_UNITS
    """Units of an arm and its control at which intervals are to be narrowest."""
    window_seconds: float = WINDOW_SECONDS
    """How long a unit is watched from its first exposure on; then it counts, once for all."""
    shadows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Placement -> policies that are computed beside the one that serves, and never shown."""
    stopped: tuple[StoppedArm, ...] = ()
    ended_at: datetime | None = None

    def __post_init__(self) -> None:
        names = [arm.name for arm in self.arms]
        if len(set(names)) != len(names) or self.control not in names:
            raise ValueError("Arms have different names, and the control is one of them.")
        if not isclose(sum(arm.share for arm in self.arms), 1.0, abs_tol=1e-6):
            raise ValueError("The arms' shares add up to 1.")
        if any(stop.arm == self.control or stop.arm not in names for stop in self.stopped):
            raise ValueError("Only an arm other than the control can be stopped.")
        if self.primary is Metric.COVERAGE:
            raise ValueError("Coverage has no interval: it cannot be the primary metric.")
        if min(self.minimal_effect, self.planned_units, self.window_seconds) <= 0:
            raise ValueError("Minimal effect, planned units and window are above 0.")

    @property
    def running(self) -> bool:
        return self.ended_at is None

    @property
    def window(self) -> timedelta:
        return timedelta(seconds=self.window_seconds)

    def check(self) -> None:
        """Not asked of experiments that have ended: what they tried may be gone by now."""
        specs = [policy for arm in self.arms for policy in arm.policies.values()]
        specs += [text for several in self.shadows.values() for text in several]
        for spec in specs:
            try:
                PolicySpec.parse(spec)
            except InvalidPolicyError as error:
                raise ValueError(str(error)) from error
        unknown = sorted({number for arm in self.arms for number in arm.tuning} - TUNABLE)
        if unknown:
            raise ValueError(f"The tuning has no number {unknown[0]!r}.")

    def arm(self, name: str) -> Arm:
        return {arm.name: arm for arm in self.arms}[name]

    def assign(self, unit_id: str) -> Arm:
        """Return the arm that the hash gives a unit, whether it has been stopped or not."""
        place = bucket_of(self.salt, unit_id)
        edge = 0.0
        for arm in self.arms:
            edge += arm.share
            if place < edge:
                return arm
        # The shares may add up to a little less than 1.
        return self.arms[-1]

    def serving_arm(self, unit_id: str) -> Arm:
        """Return the arm whose treatment a unit gets: the control's where its own was stopped."""
        assigned = self.assign(unit_id)
        return self.arm(self.control) if self.stopped_at(assigned.name) else assigned

    def stop_of(self, arm: str) -> StoppedArm | None:
        return next((stop for stop in self.stopped if stop.arm == arm), None)

    def stopped_at(self, arm: str) -> datetime | None:
        stop = self.stop_of(arm)
        return stop.at if stop is not None else None

    def with_stopped(self, stopped: StoppedArm) -> "Experiment":
        """Stop one more arm; the others' units stay, and stopping an arm again changes nothing."""
        known = self.stop_of(stopped.arm) is not None
        return self if known else replace(self, stopped=(*self.stopped, stopped))

    def with_end(self, at: datetime) -> "Experiment":
        return self if self.ended_at is not None else replace(self, ended_at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentBook:
    """All experiments of the shop, ended ones too, in the order of their start."""

    experiments: tuple[Experiment, ...] = ()

    def __post_init__(self) -> None:
        ids = [experiment.experiment_id for experiment in self.experiments]
        if len(set(ids)) != len(ids):
            raise ValueError("Experiments have different ids.")
        taken: dict[str, str] = {}
        for experiment in self.running:
            experiment.check()
            for name in overridden(experiment.arms):
                owner = taken.setdefault(name, experiment.experiment_id)
                if owner != experiment.experiment_id:
                    both = f"{owner} and {experiment.experiment_id}"
                    raise ValueError(f"{both} both change {name}: end one first.")

    @property
    def running(self) -> tuple[Experiment, ...]:
        return tuple(experiment for experiment in self.experiments if experiment.running)

    def find(self, experiment_id: str) -> Experiment | None:
        by_id = {experiment.experiment_id: experiment for experiment in self.experiments}
        return by_id.get(experiment_id)

    def with_experiment(self, experiment: Experiment) -> "ExperimentBook":
        """Return the book with an experiment added, or put in the place of its id."""
        by_id = {known.experiment_id: known for known in self.experiments}
        by_id[experiment.experiment_id] = experiment
        return ExperimentBook(experiments=tuple(by_id.values()))


def overridden(arms: Sequence[Arm]) -> list[str]:
    return sorted(frozenset[str]().union(*(arm.overrides for arm in arms)))


EXPERIMENT: JsonCodec[Experiment] = JsonCodec(Experiment)
EXPERIMENT_BOOK: JsonCodec[ExperimentBook] = JsonCodec(ExperimentBook)
