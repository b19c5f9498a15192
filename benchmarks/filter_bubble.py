"""What each setting against the filter bubble does to hit rate and variety.

    python -m benchmarks.filter_bubble --home var/demo --json sweep.json --plot sweep.png

Asks the served ranking about the held-out sessions once for each value of each setting, the
others being at their defaults. `--sweep name=number,number` chooses settings and values.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from evaluation.held_out import HeldOutSplit, held_out_sessions
from evaluation.served_ranking import measure_decisions
from evaluation.wiring import open_decider
from personalization.settings.tuning import TuningSettings
from personalization.wiring import CoreSettings

SWEEPS: Mapping[str, Sequence[float]] = {
    "boost_viewed": (-0.4, -0.2, -0.1, -0.05, 0.05, 0.1, 0.2),
    "boost_new": (0.02, 0.05, 0.1, 0.2),
    "boost_rated": (0.02, 0.05, 0.1, 0.2),
    "diversity": (0.01, 0.02, 0.05, 0.1, 0.2),
    "decay": (0.7, 0.8, 0.95, 1.0),
    "evidence_halfway": (0.1, 0.25, 1.0, 2.0, 5.0),
}
_SHOWN = (
    "hit_rate", "mean_reciprocal_rank", "hit_rate_new", "coverage", "product_entropy",
    "category_entropy", "gini", "novelty", "intra_list_diversity",
)  # fmt: skip
_PANELS = {
    "product_entropy": "entropy of the shown products, bits",
    "intra_list_diversity": "pairs of a list of different categories",
    "novelty": "novelty, bits",
}
Figures = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/demo"))
    parser.add_argument("--limit", type=int, help="held-out sessions")
    parser.add_argument("--sweep", action="append", help="name=number,number,...")
    parser.add_argument("--also", action="append", default=[], help="settings as in `evaluate`")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    asked = parser.parse_args()
    sweeps = dict(_parse(setting) for setting in asked.sweep) if asked.sweep else SWEEPS
    texts = ["", *(f"{name}={value:g}" for name, of in sweeps.items() for value in of)]
    rows = list(_measure(asked.home, [*texts, *asked.also], asked.limit))
    _print(rows)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=2))
    if asked.plot:
        _plot(rows, asked.plot)


def _parse(text: str) -> tuple[str, list[float]]:
    name, _, values = text.partition("=")
    return name, [float(value) for value in values.split(",") if value]


def _measure(home: Path, texts: Sequence[str], limit: int | None) -> Iterator[Figures]:
    settings = CoreSettings.of_home(home)
    sessions = list(islice(held_out_sessions(settings.storage.held_out_file), limit))
    with open_decider(settings) as resources:
        split = HeldOutSplit.of(sessions, resources.history, resources.categories)
        for text in track(texts, "Settings", console=Console(stderr=True)):
            decider = resources.decider.with_tuning(TuningSettings().with_changes(text).tuning())
            served = measure_decisions(decider, resources.catalogue, sessions, split.shop)
            ranking, slate = (result.figures() for result in served.results(text))
            yield {"tuning": text, **ranking, "slate": slate}


def _print(rows: Sequence[Figures]) -> None:
    table = Table(title=f"{rows[0]['queries']:,} queries; slates in brackets")
    table.add_column("setting")
    for name in _SHOWN:
        table.add_column(name.replace("_", " "), justify="right")
    for row in rows:
        cells = (f"{row[name]:.3f} ({row['slate'][name]:.3f})" for name in _SHOWN)
        table.add_row(row["tuning"] or "defaults", *cells)
    Console(width=200).print(table)


def _plot(rows: Sequence[Figures], file: Path) -> None:
    """Draw hit rate against each measure of variety, a line through the values of a setting."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4.2), layout="constrained")
    lines: dict[str, list[tuple[float, Figures]]] = {}
    for row in rows[1:]:
        name, _, value = row["tuning"].partition("=")
        if "," not in value:
            lines.setdefault(name, []).append((float(value), row))
    axes = figure.subplots(1, len(_PANELS), sharey=True)
    for axis, (measure, label) in zip(axes, _PANELS.items(), strict=True):
        for name, points in lines.items():
            xs, ys = zip(*((row[measure], 100 * row["hit_rate"]) for _, row in points), strict=True)
            axis.plot(xs, ys, marker="o", markersize=4, linewidth=1, label=name)
            for (value, _), x, y in zip(points, xs, ys, strict=True):
                axis.annotate(f"{value:g}", (x, y), fontsize=6, xytext=(3, 3),
                              textcoords="offset points")  # fmt: skip
        axis.plot(
            rows[0][measure], 100 * rows[0]["hit_rate"], "k*", markersize=12, label="defaults"
        )
        axis.set_xlabel(label)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("HR@20, %")
    axes[0].legend(fontsize=8)
    figure.savefig(file, dpi=130)


if __name__ == "__main__":
    main()
