from collections.abc import Iterator
from pathlib import Path

from matplotlib.figure import Figure

from personalization.experiments.conclusion import Conclusion, alpha_each
from personalization.experiments.contrast import Contrast, Sides, contrast

_INCHES = (7.0, 3.0)
_COLOUR = "#2a5d8f"


def draw(conclusion: Conclusion, path: Path) -> None:
    """Write the primary metric's difference from the control over the units that settled."""
    experiment = conclusion.experiment
    width, height = _INCHES
    figure = Figure(figsize=(width, height * len(conclusion.arms)), layout="constrained")
    panels = figure.subplots(len(conclusion.arms), 1, sharex=True, squeeze=False)
    for (panel,), arm in zip(panels, conclusion.arms, strict=True):
        points = list(_points(conclusion, arm.arm))
        units = [at for at, _ in points]
        panel.fill_between(
            units,
            [point.interval.low for _, point in points],
            [point.interval.high for _, point in points],
            color=_COLOUR,
            alpha=0.2,
            label="holds at every look",
        )
        panel.plot(units, [point.difference for _, point in points], color=_COLOUR)
        panel.axhline(0.0, color="grey", linewidth=0.8)
        if arm.stopped is not None and units:
            panel.axvline(units[-1], color="firebrick", linestyle="--", label="stopped")
        panel.set_title(f"{arm.arm}: {arm.standing}", loc="left")
        panel.set_ylabel(f"{experiment.primary} less {experiment.control}'s")
        panel.grid(alpha=0.3)
        panel.legend(loc="best", fontsize="small")
    figure.supxlabel("settled units of all arms")
    figure.savefig(path, dpi=150, format="png")


def _points(conclusion: Conclusion, arm: str) -> Iterator[tuple[int, Contrast]]:
    """Yield units and contrast as they were, of a stopped arm up to its stop."""
    experiment, measured = conclusion.experiment, conclusion.measured
    at_stop = measured.at_stop.get(arm)
    last = sum(sums.units for sums in at_stop.values()) if at_stop is not None else None
    for point in measured.curve:
        if last is not None and point.units > last:
            return
        sides = Sides(
            arm=point.sums[arm],
            control=point.sums[experiment.control],
            planned_units=experiment.planned_units,
        )
        found = contrast(sides, alpha_each(experiment))
        if found is not None:
            yield point.units, found
