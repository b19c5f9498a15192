"""What a decision costs beside the model's own prediction."""

from pathlib import Path

from benchmarks.decision import DECISION_AND_PROFILE, decision_costs
from benchmarks.table.figure_row import FigureRow
from personalization.wiring import CoreSettings

SESSIONS = 60
GOAL_RATIO = 4


def decision_cost(home: Path, sessions: int = SESSIONS) -> list[FigureRow]:
    rows, title = decision_costs(CoreSettings.of_home(home), sessions)
    seconds = dict(rows)[DECISION_AND_PROFILE]
    ratio = seconds / rows[0][1]
    note = f"{1e6 * seconds:.0f} us; {title}"
    what = "decision and profile to the model's native prediction"
    return [FigureRow(what, ratio, goal=GOAL_RATIO, note=note)]
