import json
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from evaluation.held_out import RankingResult
from evaluation.next_item import CUTOFF
from evaluation.served_ranking import ServedResult

_HEADINGS = ("coverage %", "entropy", "of categories", "Gini", "novelty", "in a list %")
_SHARES = {"coverage", "intra_list_diversity"}


def print_json(rows: Sequence[RankingResult]) -> None:
    document = [{"ranking": row.name, **row.figures()} for row in rows]
    print(json.dumps(document, indent=2))  # noqa: T201 - standard output is the product


def print_quality(console: Console, rows: Sequence[RankingResult], served: ServedResult) -> None:
    queries = served.ranking.quality.all.queries
    table = Table(title=f"Next product, {queries:,} queries", title_justify="left")
    table.add_column("ranking")
    for name in (f"HR@{CUTOFF}", f"MRR@{CUTOFF}", "HR new", "MRR new", "ms/query"):
        table.add_column(name, justify="right")
    for row in rows:
        both = (row.measures.quality.all, row.measures.quality.without_repeats)
        figures = [
            figure
            for quality in both
            for figure in (quality.hit_rate, quality.mean_reciprocal_rank)
        ]
        table.add_row(
            row.name,
            *(f"{100 * figure:.2f}" for figure in figures),
            f"{row.milliseconds_per_query:.2f}",
        )
    console.print(table)
    console.print(
        "`new` leaves out queries whose target was viewed before in the session. Action set: "
        f"{served.actions / max(queries, 1):.1f} products on average, which hold the target in "
        f"{100 * served.in_action_set / max(queries, 1):.1f} % of the queries."
    )


def print_variety(console: Console, rows: Sequence[RankingResult]) -> None:
    table = Table(title=f"Variety of the first {CUTOFF}", title_justify="left")
    table.add_column("ranking")
    for heading in _HEADINGS:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row.name,
            *(
                f"{100 * value:.1f}" if name in _SHARES else f"{value:.3f}"
                for name, value in row.measures.variety.figures().items()
            ),
        )
    console.print(table)
    console.print(
        "Coverage: share of the catalogue that was shown at all. Entropy, of products and of their "
        "categories, and novelty, the mean surprise of what is shown, are in bits. In a list: "
        "share of its pairs that are of different categories."
    )
