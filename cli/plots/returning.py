from pathlib import Path

from matplotlib.figure import Figure

from evaluation.next_item import CUTOFF
from evaluation.returning import RANKINGS, ReturningShoppers

_INCHES = (9.0, 3.6)
_DPI = 150
_PANELS = {"hit_rate": f"HR@{CUTOFF}, %", "mean_reciprocal_rank": f"MRR@{CUTOFF}, %"}


def draw_returning(found: ReturningShoppers, path: Path) -> None:
    """Draw each ranking's first page and whole visit with their intervals."""
    figure = Figure(figsize=_INCHES, layout="constrained")
    parts = {"first page": found.first_page, "whole visit": found.whole_visit}
    panels = figure.subplots(1, len(_PANELS), sharey=True)
    for panel, (name, title) in zip(panels, _PANELS.items(), strict=True):
        for row, part in enumerate(parts.values()):
            for place, ranking in enumerate(RANKINGS):
                estimate = part.resampled.estimates(ranking)[name]
                low, value, high = 100 * estimate.low, 100 * estimate.value, 100 * estimate.high
                panel.errorbar(
                    value,
                    row + 0.2 * (place - 1),
                    xerr=[[max(0.0, value - low)], [max(0.0, high - value)]],
                    fmt="o",
                    color=f"C{place}",
                    label=ranking if row == 0 else None,
                )
        panel.set_title(title)
        panel.grid(axis="x", alpha=0.3)
    panels[0].set_yticks(range(len(parts)), list(parts))
    panels[0].invert_yaxis()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), fontsize=8)
    figure.supxlabel("95 % intervals by the bootstrap over people")
    figure.savefig(path, dpi=_DPI)
