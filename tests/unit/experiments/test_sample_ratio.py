"""Numbers of units that cannot be right are found, at whatever moment one looks."""

from math import log

import numpy as np
import pytest
from scipy.stats import chi2

from personalization.experiments.sample_ratio import (
    SRM_ALPHA,
    Phase,
    chi_square_tail,
    sample_ratio,
)


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 7, 10])
@pytest.mark.parametrize("statistic", [0.1, 1.0, 3.84, 10.0, 40.0])
def test_the_tail_of_chi_square_is_that_of_another_implementation(
    statistic: float, degrees: int
) -> None:
    assert chi_square_tail(statistic, degrees) == pytest.approx(
        float(chi2.sf(statistic, degrees)), rel=1e-9
    )


def test_a_ratio_by_hand() -> None:
    # (60 - 50)^2 / 50 + (40 - 50)^2 / 50 = 4 with one degree of freedom.
    found = sample_ratio([Phase((60, 40), (0.5, 0.5))])

    assert found.p_value == pytest.approx(0.0455, abs=1e-4)
    assert not found.mismatch


def test_numbers_that_fit_are_no_mismatch() -> None:
    assert not sample_ratio([Phase((5_012, 3_001, 1_987), (0.5, 0.3, 0.2))]).mismatch
    assert not sample_ratio([]).mismatch
    assert sample_ratio([Phase((10,), (1.0,))]).p_value == 1.0


def test_a_loss_of_a_tenth_is_a_mismatch() -> None:
    assert sample_ratio([Phase((10_000, 9_000), (0.5, 0.5))]).mismatch


def test_phases_with_other_arms_are_judged_together() -> None:
    first, second = Phase((510, 490, 500), (1 / 3,) * 3), Phase((1_000, 1_020), (0.5, 0.5))

    both = sample_ratio([first, second])

    alone = [sample_ratio([phase]).log_odds for phase in (first, second)]
    assert both.log_odds == pytest.approx(sum(alone))
    assert not both.mismatch


def test_looking_after_every_unit_raises_hardly_any_false_alarm() -> None:
    random = np.random.default_rng(7)
    counts = np.cumsum(random.random((200, 2_000)) < 0.3, axis=1)
    alarms = fixed = 0
    for row in counts:
        looks = [
            sample_ratio([Phase((int(row[n - 1]), n - int(row[n - 1])), (0.3, 0.7))])
            for n in range(20, 2_001, 20)
        ]
        alarms += any(look.log_odds > log(1 / 0.05) for look in looks)
        fixed += any(look.p_value < 0.05 for look in looks)

    assert alarms / len(counts) <= 0.05
    assert fixed / len(counts) > 0.2
    assert SRM_ALPHA < 0.05
