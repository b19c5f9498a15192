import json
from collections.abc import Sequence

from rich.console import Console

from cli.tables import titled_table
from evaluation.bootstrap import FIGURES, Estimates
from evaluation.comparison import RankingComparison, SliceResult
from evaluation.first_click import BY_REGION
from evaluation.held_out import POPULARITY, RankingResult
from evaluation.next_item import CUTOFF
from evaluation.served_ranking import ServedResult

FIGURE_HEADINGS = (
    f"HR@{CUTOFF}", f"MRR@{CUTOFF}", "HR new", "MRR new", "HR unseen", "MRR unseen",
)  # fmt: skip
"""Of `FIGURES`, in turn."""
_HEADINGS = ("coverage %", "entropy", "of categories", "Gini", "novelty", "in a list %")
_SHARES = {"coverage", "intra_list_diversity"}


def print_json(rows: Sequence[RankingResult], comparison: RankingComparison) -> None:
    document = [
        {
            "ranking": row.name,
            **row.figures(),
            **_intervals(row.name, comparison.whole, comparison),
            "first_click": _first_click(row.name, comparison),
            "slices": {
                name: _slice(row.name, found, comparison)
                for name, found in comparison.slices.items()
            },
        }
        for row in rows
    ]
    print(json.dumps(document, indent=2))  # noqa: T201 - standard output is the product


def print_quality(
    console: Console,
    rows: Sequence[RankingResult],
    served: ServedResult | None,
    comparison: RankingComparison,
) -> None:
    whole = comparison.whole
    title = f"Next product, {whole.queries:,} queries of {whole.sessions:,} sessions, %"
    table = titled_table(title, ["ranking"], (*FIGURE_HEADINGS, "ms/query"))
    for row in rows:
        estimates = whole.resampled.estimates(row.name)
        table.add_row(row.name, *cells_of(estimates), f"{row.milliseconds_per_query:.2f}")
    console.print(table)
    console.print(
        "Below each figure its 95 % interval, by the bootstrap over sessions. `new` leaves out "
        "queries whose target was viewed before in the session, `unseen` also leaves what was "
        "viewed before out of the list."
    )
    if served is not None:
        console.print(
            f"Action set: {served.actions / max(whole.queries, 1):.1f} products on average, which "
            f"hold the target in {100 * served.in_action_set / max(whole.queries, 1):.1f} % of the"
            " queries."
        )


def cells_of(estimates: Estimates) -> list[str]:
    """Return percent, with the interval on a line below."""
    kept = [estimates[name] for name in FIGURES]
    return [
        f"{100 * each.value:.2f}\n[dim]{100 * each.low:.1f}…{100 * each.high:.1f}[/dim]"
        for each in kept
    ]


def print_variety(console: Console, rows: Sequence[RankingResult]) -> None:
    table = titled_table(f"Variety of the first {CUTOFF}", ["ranking"], _HEADINGS)
    for row in rows:
        cells = (
            f"{100 * value:.1f}" if name in _SHARES else f"{value:.3f}"
            for name, value in row.measures.variety.figures().items()
        )
        table.add_row(row.name, *cells)
    console.print(table)
    console.print(
        "Coverage: share of the catalogue that was shown at all. Entropy, of products and of their "
        "categories, and novelty, the mean surprise of what is shown, are in bits. In a list: "
        "share of its pairs that are of different categories."
    )


def _intervals(name: str, found: SliceResult, comparison: RankingComparison) -> dict[str, object]:
    estimates = found.resampled.estimates(name)
    differences = found.resampled.differences(name, comparison.baseline)
    return {
        "intervals": {figure: [each.low, each.high] for figure, each in estimates.items()},
        f"less {comparison.baseline}": {
            figure: {"difference": each.value, "interval": [each.low, each.high]}
            for figure, each in differences.items()
        },
    }


def _first_click(name: str, comparison: RankingComparison) -> dict[str, object]:
    """Return what is known of a ranking's first views; popularity has that of regions, too."""
    resampled = comparison.first_click.resampled
    names = [name, BY_REGION] if name == POPULARITY else [name]
    return {
        each: {
            figure: {"value": found.value, "interval": [found.low, found.high]}
            for figure, found in list(resampled.estimates(each).items())[:2]
        }
        for each in names
        if each in resampled.places
    }


def _slice(name: str, found: SliceResult, comparison: RankingComparison) -> dict[str, object]:
    estimates = found.resampled.estimates(name)
    return {
        "queries": found.queries,
        "sessions": found.sessions,
        **{figure: each.value for figure, each in estimates.items()},
        **_intervals(name, found, comparison),
    }
