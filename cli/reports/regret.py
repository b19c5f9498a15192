from collections.abc import Sequence

import msgspec
import numpy as np
from rich.table import Table

from cli.tables import titled_table
from evaluation.simulation.regret import UNIFORM, Curves
from evaluation.simulation.session_bandit import PolicySlates

_POINTS = 100
"""Of each curve in JSON."""


def regret_table(found: Sequence[Curves]) -> Table:
    seeds, rounds = found[0].regret.shape
    uniform = next(curves.final.mean() for curves in found if curves.policy == UNIFORM)
    numbers = ["mean", "least", "most", "of uniform", "last to first fifth"]
    table = titled_table(f"Regret after {rounds:,} rounds, {seeds} worlds", ["policy"], numbers)
    for curves in found:
        ends = curves.final
        table.add_row(
            curves.policy,
            *(f"{number:.1f}" for number in (ends.mean(), ends.min(), ends.max())),
            f"{ends.mean() / uniform:.1%}",
            f"{curves.late:.2f}",
        )
    return table


def regret_json(found: Sequence[Curves]) -> str:
    """Return a JSON list, an object a policy, with some points of its mean curve."""
    return msgspec.json.encode([_curve_object(curves) for curves in found]).decode()


def _curve_object(curves: Curves) -> dict[str, object]:
    rounds = curves.regret.shape[1]
    points = np.unique(np.linspace(1, rounds, min(_POINTS, rounds)).astype(int))
    return {
        "policy": curves.policy,
        "regret": curves.final.tolist(),
        "last_to_first_fifth": curves.late,
        "rounds": points.tolist(),
        "mean_regret": curves.regret.mean(axis=0)[points - 1].tolist(),
    }


def slates_table(found: Sequence[PolicySlates]) -> Table:
    title = f"Viewed next, {len(found[0].run.hits):,} decisions, percent"
    numbers = ["in the slate", "second half", "in its first slot", "second half"]
    table = titled_table(title, ["policy"], numbers)
    for slates in found:
        table.add_row(slates.policy, *(f"{100 * share:.2f}" for share in slates.shares().values()))
    return table


def slates_json(found: Sequence[PolicySlates]) -> str:
    return msgspec.json.encode(
        [
            {"policy": slates.policy, "decisions": len(slates.run.hits), **slates.shares()}
            for slates in found
        ]
    ).decode()
