"""Draws clicks gained over no learning by impressions, a panel for each kind of shop."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.simulation.clicks_gained import LOOKS, TWIN, gain
from evaluation.simulation.oracle import Knows
from evaluation.simulation.shop_run import CURVE_STEP, ClickCurve
from evaluation.simulation.shops import ShopKind

Shops = Mapping[int, Mapping[str, ClickCurve]]
"""Seed -> contender -> its clicks."""
_INCHES, _DPI = (11.0, 6.5), 110
_COLUMNS = 3


def draw_curves(kinds: Mapping[ShopKind, Shops], path: Path) -> None:
    """Draw means over the shops with their 95 % intervals, and oracles dashed."""
    figure = Figure(figsize=_INCHES, layout="constrained")
    panels = figure.subplots(2, _COLUMNS).flatten()
    names = dict.fromkeys(
        name for shops in kinds.values() for curves in shops.values() for name in curves
    )
    drawn = [name for name in names if name != TWIN]
    for panel, (kind, shops) in zip(panels, kinds.items(), strict=False):
        for place, name in enumerate(drawn):
            _draw_curve(panel, name, shops, place)
        panel.axhline(0, color="black", linewidth=0.8)
        panel.set_title(str(kind), fontsize=10)
        panel.set_xlabel("thousand impressions")
        panel.grid(alpha=0.3)
    for panel in panels[len(kinds) :]:
        panel.set_axis_off()
    figure.supylabel("clicks gained over no learning, %")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=9)
    figure.savefig(path, dpi=_DPI, format="png")


def _draw_curve(panel: Axes, name: str, shops: Shops, place: int) -> None:
    both = [curves for curves in shops.values() if {name, TWIN} <= curves.keys()]
    if not both:
        return
    steps = min(len(curves[name].clicks) for curves in both)
    looks = range(LOOKS[0], steps * CURVE_STEP + 1, CURVE_STEP)
    gains = [gain(both, name, look) for look in looks]
    mean, half = (100 * np.array([[of.mean, of.half_width] for of in gains])).T
    at = np.array(looks) / 1000
    colour = mpl.colormaps["tab10"].colors[place]  # type: ignore[attr-defined]
    dashed = name in set(Knows)
    panel.plot(
        at,
        mean,
        label=f"{name}, {len(both)} shops",
        color=colour,
        linestyle="--" if dashed else "-",
    )
    if not dashed and len(both) > 1:
        panel.fill_between(at, mean - half, mean + half, color=colour, alpha=0.15, linewidth=0)
