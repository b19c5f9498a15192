"""When an arm is stopped, and when nothing may be concluded at all."""

from dataclasses import replace

import pytest

from personalization.experiments.arm_sums import ArmSums
from personalization.experiments.conclusion import Standing, conclude
from personalization.experiments.experiment import Experiment, Guardrail, StoppedArm
from personalization.experiments.measurement import Measurement
from personalization.experiments.metric import Metric
from personalization.experiments.watched_unit import ROW
from tests.builders.experiment import an_arm, an_experiment
from tests.builders.moments import NOON

GUARDED = an_experiment(guardrails=(Guardrail(metric=Metric.CONVERSION, largest_loss=0.1),))


def sums(units: int, ctr: float, conversion: float = 0.2) -> ArmSums:
    """Return the sums of units that saw one position each, of shares of 0 and 1."""
    found = ArmSums(units)
    for metric, share in ((Metric.CTR, ctr), (Metric.CONVERSION, conversion)):
        hits = units * share
        found.sums[:, ROW[metric]] = units, hits, units, hits, hits, units
    return found


def a_measurement(
    experiment: Experiment, arms: dict[str, ArmSums], exposed: dict[str, int] | None = None
) -> Measurement:
    measured = Measurement(experiment)
    measured.sums = arms
    counts = exposed or {name: other_sums.units for name, other_sums in arms.items()}
    measured._exposed = {frozenset(arms): counts}  # noqa: SLF001 - what `take` would have counted
    return measured


@pytest.mark.parametrize(
    ("ctr", "standing"),
    [
        (0.10, Standing.WORSE),
        (0.30, Standing.BETTER),
        (0.195, Standing.UNDECIDED),
    ],
)
def test_an_arm_stands_by_its_interval(ctr: float, standing: Standing) -> None:
    arms = {"control": sums(2_000, 0.2), "uniform": sums(2_000, ctr)}

    [found] = conclude(a_measurement(an_experiment(), arms)).arms

    assert found.standing is standing


def test_only_a_loser_is_stopped_and_only_once() -> None:
    losing = {"control": sums(2_000, 0.2), "uniform": sums(2_000, 0.1)}
    winning = {"control": sums(2_000, 0.2), "uniform": sums(2_000, 0.3)}
    conclusion = conclude(a_measurement(an_experiment(), losing))

    [stop] = conclusion.stops(NOON)

    assert (stop.arm, stop.at) == ("uniform", NOON)
    assert stop.reason.startswith("ctr -50.0%, between -")
    assert conclude(a_measurement(an_experiment(), winning)).stops(NOON) == []
    stopped = a_measurement(an_experiment().with_stopped(stop), losing)
    stopped.at_stop = {"uniform": losing}
    assert conclude(stopped).stops(NOON) == []
    ended = replace(an_experiment(), ended_at=NOON)
    assert conclude(a_measurement(ended, losing)).stops(NOON) == []


def test_a_difference_that_matters_can_be_excluded() -> None:
    arms = {"control": sums(30_000, 0.2), "uniform": sums(30_000, 0.2)}

    [found] = conclude(a_measurement(an_experiment(), arms)).arms

    assert found.standing is Standing.ALIKE
    assert found.reason.endswith("no difference of 10%")


def test_an_arm_that_breaks_a_guardrail_is_stopped_though_its_primary_metric_is_better() -> None:
    arms = {"control": sums(3_000, 0.2), "uniform": sums(3_000, 0.3, conversion=0.1)}
    conclusion = conclude(a_measurement(GUARDED, arms))

    [stop] = conclusion.stops(NOON)

    assert conclusion.arms[0].standing is Standing.BREAKS_GUARDRAIL
    assert stop.reason == "conversion has lost more than 10%"


def test_a_loss_that_is_tolerated_breaks_nothing() -> None:
    arms = {"control": sums(3_000, 0.2), "uniform": sums(3_000, 0.3, conversion=0.19)}

    [found] = conclude(a_measurement(GUARDED, arms)).arms

    assert found.standing is Standing.BETTER
    assert not found.guardrails[0].broken


def test_a_sample_ratio_mismatch_blocks_every_conclusion() -> None:
    arms = {"control": sums(2_000, 0.2), "uniform": sums(2_000, 0.1)}
    measured = a_measurement(an_experiment(), arms, {"control": 2_500, "uniform": 2_000})
    conclusion = conclude(measured)

    assert conclusion.arms[0].standing is Standing.UNTRUSTED
    assert conclusion.stops(NOON) == []


def test_too_few_units_are_said_to_be() -> None:
    arms = {"control": sums(2_000, 0.2), "uniform": sums(50, 0.0)}
    measured = a_measurement(an_experiment(), arms, {"control": 2_000, "uniform": 2_000})

    [found] = conclude(measured).arms

    assert found.standing is Standing.TOO_EARLY
    assert found.reason == "too few settled units for ctr (50 and 2000 of 100 units)"


def test_a_stopped_arm_is_judged_by_what_was_known_at_its_stop() -> None:
    stop = StoppedArm(arm="uniform", at=NOON, reason="it lost")
    now = {"control": sums(4_000, 0.1), "uniform": sums(2_000, 0.1)}
    measured = a_measurement(an_experiment(stopped=(stop,)), now)
    measured._exposed = {frozenset(now): {"control": 2_000, "uniform": 2_000}}  # noqa: SLF001
    measured.at_stop = {"uniform": {"control": sums(2_000, 0.2), "uniform": sums(2_000, 0.1)}}

    [found] = conclude(measured).arms

    assert (found.standing, found.stopped) == (Standing.WORSE, stop)


def test_several_arms_share_the_error() -> None:
    three = an_experiment(arms=(an_arm("control", 0.5), an_arm("a", 0.25), an_arm("b", 0.25)))
    arms = {"control": sums(2_000, 0.2), "a": sums(1_000, 0.2), "b": sums(1_000, 0.2)}
    two = {"control": sums(2_000, 0.2), "uniform": sums(1_000, 0.2)}
    fitting = {"control": 1_500, "uniform": 1_500}

    wide = conclude(a_measurement(three, arms)).arms[0].contrasts[Metric.CTR]
    narrow = conclude(a_measurement(an_experiment(), two, fitting)).arms[0].contrasts[Metric.CTR]

    assert wide is not None
    assert narrow is not None
    assert wide.interval.high > narrow.interval.high
