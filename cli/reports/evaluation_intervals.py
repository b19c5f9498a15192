from collections.abc import Sequence

from rich.console import Console

from cli.reports.evaluation import FIGURE_HEADINGS, cells_of
from cli.tables import titled_table
from evaluation.comparison import RankingComparison
from evaluation.held_out import RankingResult

_SLICE_FIGURES = ("hit_rate", "mean_reciprocal_rank")


def print_differences(
    console: Console, rows: Sequence[RankingResult], comparison: RankingComparison
) -> None:
    """Print by how much other rankings are better than the baseline, in the same resamples."""
    title = f"Difference from {comparison.baseline} in the same sessions, percentage points"
    table = titled_table(title, ["ranking"], FIGURE_HEADINGS)
    for row in rows:
        if row.name != comparison.baseline:
            found = comparison.whole.resampled.differences(row.name, comparison.baseline)
            table.add_row(row.name, *cells_of(found))
    console.print(table)


def print_first_clicks(console: Console, comparison: RankingComparison) -> None:
    """Print how well the first view is foreseen, by what knows nothing but the region."""
    found = comparison.first_click
    title = f"First view of {found.sessions:,} sessions, nothing known but their region, %"
    table = titled_table(title, ["ranking"], FIGURE_HEADINGS[:2])
    for name in found.resampled.places:
        table.add_row(name, *cells_of(found.resampled.estimates(name))[:2])
    console.print(table)


def print_slices(console: Console, name: str, comparison: RankingComparison) -> None:
    """Print one ranking beside the baseline in parts of the queries."""
    base = comparison.baseline
    headings = ("queries", f"HR {base}", f"HR {name}", "difference")
    more = (f"MRR {base}", f"MRR {name}", "difference")
    table = titled_table("Parts of the queries, %", ["queries that are"], (*headings, *more))
    for part, found in comparison.slices.items():
        cells: list[str] = []
        estimates = found.resampled.estimates
        differences = found.resampled.differences(name, base)
        for figure in _SLICE_FIGURES:
            change = differences[figure]
            cells += [f"{100 * estimates(each)[figure].value:.1f}" for each in (base, name)]
            cells.append(
                f"{100 * change.value:+.1f}\n"
                f"[dim]{100 * change.low:.1f}…{100 * change.high:.1f}[/dim]"
            )
        table.add_row(part, f"{found.queries:,}", *cells)
    console.print(table)
