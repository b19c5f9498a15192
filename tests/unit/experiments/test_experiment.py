"""Who is in which arm, and which experiments make sense."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from math import sqrt

import pytest

from personalization.experiments.experiment import (
    EXPERIMENT_BOOK,
    ExperimentBook,
    Guardrail,
    StoppedArm,
    bucket_of,
)
from personalization.experiments.metric import Metric
from tests.builders.experiment import an_arm, an_experiment
from tests.builders.moments import NOON

UNITS = [f"session-{number}" for number in range(40_000)]
THREE = (an_arm("control", 0.5), an_arm("left", 0.3), an_arm("right", 0.2))


def chi_square(counts: Sequence[int], expected: Sequence[float]) -> float:
    return sum((n - e) ** 2 / e for n, e in zip(counts, expected, strict=True))


def test_buckets_are_uniform() -> None:
    cells = Counter(int(100 * bucket_of("salt", unit)) for unit in UNITS)
    counts = [cells[cell] for cell in range(100)]

    # 99 degrees of freedom: above 149 once in a thousand times.
    assert chi_square(counts, [len(UNITS) / 100] * 100) < 149


def test_buckets_of_two_salts_are_independent() -> None:
    cells = Counter(
        (int(10 * bucket_of("a", unit)), int(10 * bucket_of("b", unit))) for unit in UNITS
    )
    counts = [cells[row, column] for row in range(10) for column in range(10)]

    assert chi_square(counts, [len(UNITS) / 100] * 100) < 149


def test_a_bucket_is_the_same_for_ever() -> None:
    assert bucket_of("salt", "session-1") == pytest.approx(0.2986067, abs=1e-7)
    assert bucket_of("salt", "session-1") == bucket_of("salt", "session-1")


def test_arms_get_their_shares() -> None:
    experiment = an_experiment(arms=THREE)
    counts = Counter(experiment.assign(unit).name for unit in UNITS)

    for arm in THREE:
        error = sqrt(arm.share * (1 - arm.share) / len(UNITS))
        assert counts[arm.name] / len(UNITS) == pytest.approx(arm.share, abs=4 * error)


def test_a_stopped_arm_falls_to_the_control_and_the_others_stay() -> None:
    before = an_experiment(arms=THREE)
    after = before.with_stopped(StoppedArm(arm="left", at=NOON, reason="it loses"))

    for unit in UNITS[:2_000]:
        was = before.serving_arm(unit).name
        assert after.serving_arm(unit).name == ("control" if was == "left" else was)
        assert after.assign(unit) == before.assign(unit)


def test_stopping_and_ending_again_change_nothing() -> None:
    stopped = an_experiment().with_stopped(StoppedArm(arm="uniform", at=NOON, reason="first"))
    later = NOON + timedelta(hours=1)

    assert stopped.with_stopped(StoppedArm(arm="uniform", at=later, reason="again")) is stopped
    assert stopped.with_end(NOON).with_end(later).ended_at == NOON


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"arms": (an_arm(), an_arm("other", 0.4))}, "add up to 1"),
        ({"arms": (an_arm(), an_arm())}, "different names"),
        ({"control": "nobody"}, "the control is one"),
        ({"stopped": (StoppedArm(arm="control", at=NOON, reason=""),)}, "other than the control"),
        ({"primary": Metric.COVERAGE}, "primary"),
        ({"window_seconds": 0.0}, "above 0"),
    ],
)
def test_a_contradiction_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        an_experiment(**wrong)


def test_a_guardrail_must_be_measurable() -> None:
    with pytest.raises(ValueError, match="share"):
        Guardrail(metric=Metric.CTR, largest_loss=1.0)
    with pytest.raises(ValueError, match="interval"):
        Guardrail(metric=Metric.COVERAGE, largest_loss=0.1)
    with pytest.raises(ValueError, match="share above 0"):
        an_arm(share=0.0)


def test_two_running_experiments_may_not_change_the_same() -> None:
    first, second = an_experiment(), an_experiment(experiment_id="experiment-2")

    with pytest.raises(ValueError, match="both change the policy of home"):
        ExperimentBook(experiments=(first, second))

    elsewhere = an_experiment(
        experiment_id="experiment-2", arms=(an_arm(), an_arm("slow", tuning={"decay": 0.8}))
    )
    assert ExperimentBook(experiments=(first, elsewhere)).running == (first, elsewhere)
    assert ExperimentBook(experiments=(first.with_end(NOON), second)).running == (second,)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"arms": (an_arm(), an_arm("b", policies={"home": "magic"}))}, "no policy 'magic'"),
        ({"shadows": {"home": ("squarecb:alpha=1",)}}, "no parameter 'alpha'"),
        ({"arms": (an_arm(), an_arm("b", tuning={"luck": 1.0}))}, "no number 'luck'"),
        ({"arms": (an_arm(), an_arm("b", tuning={"product_weights": 1.0}))}, "no number"),
    ],
)
def test_what_there_is_not_cannot_run_but_may_have_run(wrong: dict[str, object], said: str) -> None:
    experiment = an_experiment(**wrong)

    with pytest.raises(ValueError, match=said):
        ExperimentBook(experiments=(experiment,))

    ended = experiment.with_end(NOON)
    assert ExperimentBook(experiments=(ended,)).experiments == (ended,)


def test_an_experiment_takes_the_place_of_the_one_of_its_id() -> None:
    first = an_experiment()
    book = ExperimentBook().with_experiment(first).with_experiment(first.with_end(NOON))

    assert book.experiments == (first.with_end(NOON),)
    assert book.find("experiment-1") == first.with_end(NOON)
    assert book.find("nothing") is None


def test_a_book_comes_back_whole_from_json_and_a_contradiction_does_not() -> None:
    experiment = an_experiment(
        guardrails=(Guardrail(metric=Metric.CONVERSION, largest_loss=0.05),),
        shadows={"home": ("squarecb",)},
        stopped=(StoppedArm(arm="uniform", at=NOON, reason="it loses"),),
    )
    body = EXPERIMENT_BOOK.encode(ExperimentBook(experiments=(experiment,)))

    assert EXPERIMENT_BOOK.decode(body).experiments == (experiment,)
    with pytest.raises(ValueError, match="add up to 1"):
        EXPERIMENT_BOOK.decode(body.replace(b'"share":0.5', b'"share":0.4'))
