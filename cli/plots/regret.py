from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.simulation.regret import Curves
from evaluation.simulation.session_bandit import PolicySlates

_INCHES = (9.0, 5.5)
_DPI = 150
_SETTLING = 100
"""Decisions before which a running share says nothing."""


def draw_regret(found: Sequence[Curves], path: Path) -> None:
    """Draw the mean regret of each policy, with the range over the worlds."""
    figure = Figure(figsize=_INCHES, layout="constrained")
    panel = figure.subplots()
    for place, curves in enumerate(found):
        rounds = np.arange(1, curves.regret.shape[1] + 1)
        mean = curves.regret.mean(axis=0)
        (line,) = panel.plot(rounds, mean, label=curves.policy, **_style(place))
        panel.fill_between(
            rounds, curves.regret.min(axis=0), curves.regret.max(axis=0),
            color=line.get_color(), alpha=0.12, linewidth=0,
        )  # fmt: skip
    panel.set_ylabel("cumulative regret (rewards missed)")
    _finish(figure, panel, [float(curves.final.mean()) for curves in found], path)


def draw_slates(found: Sequence[PolicySlates], path: Path) -> None:
    """Draw the share of slates so far that held the product viewed next."""
    figure = Figure(figsize=_INCHES, layout="constrained")
    panel = figure.subplots()
    for place, slates in enumerate(found):
        count = np.arange(1, len(slates.run.hits) + 1)
        share = 100 * np.cumsum(slates.run.hits) / count
        panel.plot(count[_SETTLING:], share[_SETTLING:], label=slates.policy, **_style(place))
    panel.set_ylabel("slates so far that held the next product, %")
    _finish(figure, panel, [slates.shares()["slate"] for slates in found], path)


def _style(place: int) -> dict[str, Any]:
    colours = mpl.colormaps["tab10"].colors  # type: ignore[attr-defined]
    return {
        "color": colours[place % len(colours)],
        "linestyle": "-" if place < len(colours) else "--",
        "linewidth": 1.3,
    }


def _finish(figure: Figure, panel: Axes, ends: Sequence[float], path: Path) -> None:
    """Label the axes, name the curves in the order in which they end, and write the picture."""
    panel.set_xlabel("decisions")
    panel.grid(alpha=0.3)
    handles, labels = panel.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda place: -ends[place])
    figure.legend(
        [handles[place] for place in order], [labels[place] for place in order],
        loc="outside right upper", fontsize=8,
    )  # fmt: skip
    figure.savefig(path, dpi=_DPI, format="png")
