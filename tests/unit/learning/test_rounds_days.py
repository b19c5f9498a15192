"""Rounds are kept as long as asked, and no longer than the decisions that they refer to."""

import pytest

from personalization.retention.retention import rounds_days


@pytest.mark.parametrize(
    ("wanted", "decisions", "kept"),
    [(180, 180, 180), (400, 90, 90), (30, 0, 30), (0, 60, 60), (0, 0, 0)],
)
def test_of_both_lives_the_shorter_counts_and_zero_is_for_ever(
    wanted: int, decisions: int, kept: int
) -> None:
    assert rounds_days(wanted, decisions) == kept
