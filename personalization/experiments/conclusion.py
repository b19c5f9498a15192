"""What may be concluded of an experiment now, in numbers and in a sentence for each arm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from personalization.experiments.arm_sums import ArmSums
from personalization.experiments.confidence_sequence import ALPHA, FEWEST_UNITS
from personalization.experiments.contrast import Contrast, Sides, contrast, largest_excess
from personalization.experiments.experiment import Experiment, Guardrail, StoppedArm
from personalization.experiments.measurement import Measurement
from personalization.experiments.metric import Metric
from personalization.experiments.sample_ratio import SampleRatio, sample_ratio
from personalization.experiments.watched_unit import RATIOS


class Standing(StrEnum):
    UNTRUSTED = "untrusted"
    """The arms do not have the numbers of units that they should."""
    TOO_EARLY = "too early"
    WORSE = "worse"
    BREAKS_GUARDRAIL = "breaks a guardrail"
    BETTER = "better"
    ALIKE = "alike"
    """A difference that matters is excluded."""
    UNDECIDED = "undecided"


STOPPING = frozenset({Standing.WORSE, Standing.BREAKS_GUARDRAIL})
"""What stops an arm by itself, and nothing else does."""


@dataclass(frozen=True, slots=True)
class GuardrailCheck:
    """A guardrail, and how far at most the arm may be above the least it must keep."""

    guardrail: Guardrail
    largest_excess: float | None
    """None while it is too early."""

    @property
    def broken(self) -> bool:
        return self.largest_excess is not None and self.largest_excess < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmConclusion:
    arm: str
    standing: Standing
    reason: str
    contrasts: Mapping[Metric, Contrast | None]
    guardrails: Sequence[GuardrailCheck]
    stopped: StoppedArm | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    experiment: Experiment
    measured: Measurement
    ratio: SampleRatio
    arms: Sequence[ArmConclusion]
    """All but the control."""

    def stops(self, now: datetime) -> Sequence[StoppedArm]:
        if not self.experiment.running:
            return []
        return [
            StoppedArm(arm=conclusion.arm, at=now, reason=conclusion.reason)
            for conclusion in self.arms
            if conclusion.stopped is None and conclusion.standing in STOPPING
        ]


def conclude(measured: Measurement) -> Conclusion:
    """Judge a stopped arm by its numbers at the moment of its stop."""
    experiment = measured.experiment
    ratio = sample_ratio(list(measured.phases()))
    names = [arm.name for arm in experiment.arms if arm.name != experiment.control]
    arms = [_judge(measured, name, ratio) for name in names]
    return Conclusion(experiment=experiment, measured=measured, ratio=ratio, arms=arms)


def sides_of(measured: Measurement, arm: str, metric: Metric) -> Sides:
    sums: Mapping[str, ArmSums] = measured.at_stop.get(arm, measured.sums)
    experiment = measured.experiment
    return Sides(
        arm=sums[arm].of(metric),
        control=sums[experiment.control].of(metric),
        planned_units=experiment.planned_units,
    )


def alpha_each(experiment: Experiment) -> float:
    """Return what each arm may cost, so that all together cost `ALPHA` (Bonferroni).

    Spent on the primary metric, and as much again on all guardrails of the arm together.
    """
    return ALPHA / max(1, len(experiment.arms) - 1)


def _judge(measured: Measurement, arm: str, ratio: SampleRatio) -> ArmConclusion:
    experiment = measured.experiment
    alpha = alpha_each(experiment)
    contrasts = {metric: contrast(sides_of(measured, arm, metric), alpha) for metric in RATIOS}
    checks = []
    for guardrail in experiment.guardrails:
        sides = sides_of(measured, arm, guardrail.metric)
        spent = alpha / len(experiment.guardrails)
        excess = largest_excess(sides, guardrail.largest_loss, spent)
        checks.append(GuardrailCheck(guardrail, excess))
    standing, reason = _standing(experiment, contrasts[experiment.primary], checks, ratio)
    if standing is Standing.TOO_EARLY:
        sides = sides_of(measured, arm, experiment.primary)
        reason += f" ({sides.arm.groups} and {sides.control.groups} of {FEWEST_UNITS} units)"
    return ArmConclusion(
        arm=arm,
        standing=standing,
        reason=reason,
        contrasts=contrasts,
        guardrails=checks,
        stopped=experiment.stop_of(arm),
    )


def _standing(
    experiment: Experiment,
    found: Contrast | None,
    checks: Sequence[GuardrailCheck],
    ratio: SampleRatio,
) -> tuple[Standing, str]:
    if ratio.mismatch:
        return Standing.UNTRUSTED, "the arms' numbers of units do not fit their shares"
    broken = [check for check in checks if check.broken]
    if broken:
        lost = ", ".join(
            f"{check.guardrail.metric} has lost more than {check.guardrail.largest_loss:.0%}"
            for check in broken
        )
        return Standing.BREAKS_GUARDRAIL, lost
    if found is None:
        return Standing.TOO_EARLY, f"too few settled units for {experiment.primary}"
    return _by_interval(experiment, found)


def _by_interval(experiment: Experiment, found: Contrast) -> tuple[Standing, str]:
    low, high = found.interval.low, found.interval.high
    said = f"{experiment.primary} {_relative(found.difference, found.of)}, between "
    said += f"{_relative(low, found.of)} and {_relative(high, found.of)} at every look"
    matters = experiment.minimal_effect * abs(found.of)
    if high < 0:
        return Standing.WORSE, said
    if low > 0:
        return Standing.BETTER, said
    if -matters < low and high < matters:
        return Standing.ALIKE, f"{said}: no difference of {experiment.minimal_effect:.0%}"
    return Standing.UNDECIDED, said


def _relative(difference: float, of: float) -> str:
    """Return a difference as a share of the control's value, or as it is where that is 0."""
    return f"{difference / of:+.1%}" if of else f"{difference:+.4f}"
