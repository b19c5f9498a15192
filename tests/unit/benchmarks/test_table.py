"""What `make bench` prints, without measuring time."""

import pytest

from benchmarks.table.figure_row import MORE, FigureRow


@pytest.mark.parametrize(
    ("today", "goal", "wanted", "verdict"),
    [
        (5_372.0, 600.0, "at most", "missed"),
        (599.4, 600.0, "at most", "met"),
        (0.8, 0.8, MORE, "met"),
        (0.2, 0.5, MORE, "missed"),
    ],
)
def test_a_figure_stands_beside_its_goal_with_a_verdict(
    today: float, goal: float, wanted: str, verdict: str
) -> None:
    row = FigureRow("calls", today, goal=goal, wanted=wanted)

    assert row.cells()[-1] == verdict
    assert row.ratio == pytest.approx(today / goal)


def test_a_figure_without_a_goal_has_no_verdict() -> None:
    assert FigureRow("the same in a batch", 3_688.0).cells() == (
        "the same in a batch",
        "3,688",
        "",
        "",
        "",
    )
