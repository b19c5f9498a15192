"""The short form of `benchmarks.rows.filtered_rows`: what is said of filtered rows is true."""

from pathlib import Path

import pytest

from benchmarks.rows.filtered_rows import GREEDY, LEARNED, SERVED, FilteredRun, run
from evaluation.simulation.filtered_proof import ASKED, gain
from personalization.replay.decision_replay import ReplayedFrom

LOGS, VISITS = 8, 20
ANSWERED = (SERVED, GREEDY, "uniform")


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> FilteredRun:
    home: Path = tmp_path_factory.mktemp("home")
    return run(home, LOGS, VISITS)


@pytest.mark.parametrize("target", ANSWERED)
def test_estimates_of_filtered_rows_are_unbiased(short: FilteredRun, target: str) -> None:
    for estimator in ASKED:
        mean, error = short.estimates.bias(target, estimator)

        assert abs(mean) < 3.5 * error


@pytest.mark.parametrize("target", ANSWERED)
def test_intervals_cover_the_truth(short: FilteredRun, target: str) -> None:
    for estimator in ASKED:
        # Of eight with 95 % each, fewer than six hold the truth in one of 170 times.
        if short.estimates.answer_count(target, estimator) == LOGS:
            assert short.estimates.coverage(target, estimator) >= 6 / LOGS


def test_learning_from_filtered_rows_earns_more_than_what_was_logged(short: FilteredRun) -> None:
    mean, half = gain(short.learned, LEARNED, SERVED)

    assert mean - half > 0


def test_every_filtered_row_and_list_is_made_again(short: FilteredRun) -> None:
    assert dict(short.replayed) == {(ReplayedFrom.GIVEN_PRODUCTS.value, True): short.decisions}
    assert short.decisions > LOGS * VISITS * 5
