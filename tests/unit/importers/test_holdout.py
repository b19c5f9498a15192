"""Where training ends."""

from datetime import UTC, datetime, timedelta

import pytest

from importers.holdout import Survey, boundary
from importers.options import Holdout

FIRST = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)


def survey_of(days: int, step: int = 1) -> Survey:
    survey = Survey()
    for day in range(days):
        survey.see(FIRST + timedelta(days=day * step))
    return survey


@pytest.mark.parametrize(
    ("days", "held_out"), [(2, 1), (10, 1), (14, 1), (16, 2), (60, 6), (100, 10)]
)
def test_the_newest_tenth_of_the_days_is_held_out_at_least_one(days: int, held_out: int) -> None:
    expected = (FIRST + timedelta(days=days - held_out)).replace(hour=0, minute=0)
    assert boundary(survey_of(days), Holdout()) == expected


def test_days_without_events_do_not_count_for_a_fraction() -> None:
    cut = boundary(survey_of(10, step=7), Holdout(fraction=0.2))
    assert cut == datetime(2024, 3, 1, tzinfo=UTC) + timedelta(days=56)


def test_days_are_counted_back_from_the_last_one() -> None:
    assert boundary(survey_of(31), Holdout(days=3)) == datetime(2024, 3, 29, tzinfo=UTC)


@pytest.mark.parametrize("holdout", [Holdout(days=0), Holdout(fraction=0.0), Holdout(days=31)])
def test_nothing_is_held_back_where_nothing_would_be_left_or_wanted(holdout: Holdout) -> None:
    assert boundary(survey_of(31), holdout) is None


def test_a_data_set_without_events_has_no_boundary() -> None:
    assert boundary(Survey(), Holdout()) is None
