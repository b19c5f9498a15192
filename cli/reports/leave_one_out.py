import json
from collections.abc import Mapping

from rich.console import Console

from cli.reports.evaluation import FIGURE_HEADINGS, cells_of
from cli.tables import titled_table
from evaluation.bootstrap import Estimates, FigureEstimate
from evaluation.leave_one_out import LeaveOneOut
from evaluation.next_item import CUTOFF
from evaluation.served_ranking import SERVED

_FIRST_CLICK = "hit_rate"


def print_worth(console: Console, comparison: LeaveOneOut) -> None:
    """Print by how much the ranking is better with each part, in the same resamples."""
    whole = comparison.whole
    title = (
        f"What each part is worth, {whole.queries:,} queries of {whole.sessions:,} sessions, "
        "percentage points"
    )
    table = titled_table(title, ["part"], (*FIGURE_HEADINGS, f"first view HR@{CUTOFF}"))
    first = comparison.first_click.resampled
    shown = whole.resampled.estimates(SERVED), first.estimates(SERVED)
    table.add_row(f"{SERVED}, %", *_cells(*shown), end_section=True)
    for part in comparison.parts:
        table.add_row(part, *_cells(comparison.worth(part), comparison.first_click_worth(part)))
    console.print(table)
    console.print(
        "Figures of the whole ranking less those without the part; below each its 95 % interval, "
        "by the bootstrap over sessions. Nothing is fitted again without it, and others may say "
        "some of the same. `actions` are the lists that products are taken from."
    )


def _cells(figures: Estimates, first_click: Estimates) -> list[str]:
    return [*cells_of(figures), cells_of(first_click)[0]]


def print_worth_json(comparison: LeaveOneOut) -> None:
    document = {
        "queries": comparison.whole.queries,
        "sessions": comparison.whole.sessions,
        SERVED: _figures(
            comparison.whole.resampled.estimates(SERVED),
            comparison.first_click.resampled.estimates(SERVED)[_FIRST_CLICK],
        ),
        "worth": {
            part: _figures(comparison.worth(part), comparison.first_click_worth(part)[_FIRST_CLICK])
            for part in comparison.parts
        },
    }
    print(json.dumps(document, indent=2))  # noqa: T201 - standard output is the product


def _figures(estimates: Estimates, first_click: FigureEstimate) -> Mapping[str, object]:
    every = {**estimates, "first_click_hit_rate": first_click}
    return {
        name: {"value": found.value, "interval": [found.low, found.high]}
        for name, found in every.items()
    }
