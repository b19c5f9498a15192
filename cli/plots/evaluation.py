from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.bootstrap import FigureEstimate
from evaluation.comparison import RankingComparison
from evaluation.leave_one_out import LeaveOneOut
from evaluation.next_item import CUTOFF

_INCHES = (11.0, 6.5)
_DPI = 150
_PANELS = {"hit_rate": f"HR@{CUTOFF}, %", "mean_reciprocal_rank": f"MRR@{CUTOFF}, %"}
_ROWS = {
    "list as given": "",
    "as given, new targets": "_new",
    "without seen, new targets": "_without_seen",
}


def draw(rankings: Sequence[str], comparison: RankingComparison, path: Path) -> None:
    """Draw each ranking with its intervals, all queries first and their parts below."""
    figure = Figure(figsize=_INCHES, layout="constrained")
    panels = figure.subplots(1, len(_PANELS), sharey=True)
    for panel, (figure_name, title) in zip(panels, _PANELS.items(), strict=True):
        panel.set_title(title)
        for place, ranking in enumerate(rankings):
            shift = 0.7 * ((place + 0.5) / len(rankings) - 0.5)
            _draw_ranking(panel, ranking, _rows(ranking, figure_name, comparison), shift, place)
        panel.grid(axis="x", alpha=0.3)
        panel.axhline(len(_ROWS) - 0.5, color="grey", linewidth=0.8)
    names = [*_ROWS, *(f"{name} ({part.queries:,})" for name, part in comparison.slices.items())]
    panels[0].set_yticks(range(len(names)), names)
    panels[0].invert_yaxis()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), fontsize=8)
    figure.supxlabel("95 % intervals by the bootstrap over sessions; queries of a part in brackets")
    figure.savefig(path, dpi=_DPI, format="png")


def _rows(ranking: str, figure: str, comparison: RankingComparison) -> list[FigureEstimate]:
    whole = comparison.whole.resampled.estimates(ranking)
    parts = (part.resampled.estimates(ranking) for part in comparison.slices.values())
    return [*(whole[figure + end] for end in _ROWS.values()), *(part[figure] for part in parts)]


def _draw_ranking(
    panel: Axes, ranking: str, rows: Sequence[FigureEstimate], shift: float, place: int
) -> None:
    values = 100 * np.array([row.value for row in rows])
    reach = 100 * np.array(
        [[max(0.0, row.value - row.low), max(0.0, row.high - row.value)] for row in rows]
    )
    lines = np.arange(len(rows)) + shift
    colours = mpl.colormaps["tab10"].colors  # type: ignore[attr-defined]
    panel.errorbar(
        values, lines, xerr=reach.T, fmt="o", markersize=3, capsize=2, label=ranking,
        color=colours[place % len(colours)],
    )  # fmt: skip


def draw_worth(comparison: LeaveOneOut, path: Path) -> None:
    """Draw what the ranking gains by each part, with its intervals."""
    figure = Figure(figsize=_INCHES, layout="constrained")
    panels = figure.subplots(1, len(_PANELS), sharey=True)
    for panel, (figure_name, title) in zip(panels, _PANELS.items(), strict=True):
        panel.set_title(f"{title[:-3]}, percentage points")
        for place, (name, end) in enumerate(_ROWS.items()):
            rows = [comparison.worth(part)[figure_name + end] for part in comparison.parts]
            shift = 0.5 * ((place + 0.5) / len(_ROWS) - 0.5)
            _draw_ranking(panel, name, rows, shift, place)
        panel.grid(axis="x", alpha=0.3)
        panel.axvline(0, color="grey", linewidth=0.8)
    panels[0].set_yticks(range(len(comparison.parts)), comparison.parts)
    panels[0].invert_yaxis()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), fontsize=8)
    figure.supxlabel("Loss without the part; 95 % intervals by the bootstrap over sessions")
    figure.savefig(path, dpi=_DPI, format="png")
