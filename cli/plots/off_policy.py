from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from cli.reports.off_policy import PolicyEstimate

_INCHES = (2.6, 0.45)
_COLOUR = "#2a5d8f"


def draw(found: Sequence[PolicyEstimate], path: Path) -> None:
    """Write the picture; a refused estimate is a grey word in place of its interval."""
    policies = list(dict.fromkeys(estimate.policy for estimate in found))
    estimators = list(dict.fromkeys(estimate.estimate.estimator for estimate in found))
    width, height = _INCHES
    size = (1.4 + width * len(estimators), 1.4 + height * len(policies))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(1, len(estimators), sharex=True, sharey=True, squeeze=False)
    for panel, estimator in zip(panels[0], estimators, strict=True):
        panel.set_title(estimator.value)
        panel.set_yticks(range(len(policies)), policies)
        panel.set_ylim(len(policies) - 0.5, -0.5)
        panel.grid(axis="x", alpha=0.3)
        for policy, estimate in found:
            if estimate.estimator is not estimator:
                continue
            line = policies.index(policy)
            if estimate.value is None or estimate.interval is None:
                panel.text(
                    0.5, line, "refused", transform=panel.get_yaxis_transform(),
                    ha="center", va="center", color="grey",
                )  # fmt: skip
                continue
            reach = [
                [estimate.value - estimate.interval.low],
                [estimate.interval.high - estimate.value],
            ]
            panel.errorbar(estimate.value, line, xerr=reach, fmt="o", color=_COLOUR, capsize=3)
    figure.supxlabel("mean outcome of an impression, 95 % intervals")
    figure.savefig(path, dpi=150, format="png")
