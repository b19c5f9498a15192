"""What `evaluate` prints: how well each ranking foresees, and how varied it is."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from evaluation.measured import Measured
from evaluation.next_item import CUTOFF
from evaluation.served_ranking import Served
from evaluation.variety import Variety


@dataclass(frozen=True, slots=True)
class Row:
    """One ranking with what was measured of it."""

    name: str
    measured: Measured
    seconds: float

    @property
    def queries(self) -> int:
        """Number of queries, at least 1."""
        return max(1, self.measured.quality.all.queries)


_VARIETY: Mapping[str, Callable[[Variety], float]] = {
    "coverage": lambda variety: variety.coverage,
    "product_entropy": lambda variety: variety.product_entropy,
    "category_entropy": lambda variety: variety.category_entropy,
    "gini": lambda variety: variety.gini,
    "novelty": lambda variety: variety.novelty,
    "intra_list_diversity": lambda variety: variety.intra_list_diversity,
}
_HEADINGS = ("coverage %", "entropy", "of categories", "Gini", "novelty", "in a list %")
_SHARES = {"coverage", "intra_list_diversity"}


def figures_of(row: Row) -> dict[str, float]:
    """Return all figures of a row by name; shares and rates in 0..1, entropies in bits."""
    both = row.measured.quality.all, row.measured.quality.without_repeats
    return {
        "queries": both[0].queries,
        "hit_rate": both[0].hit_rate,
        "mean_reciprocal_rank": both[0].mean_reciprocal_rank,
        "hit_rate_new": both[1].hit_rate,
        "mean_reciprocal_rank_new": both[1].mean_reciprocal_rank,
        **{name: of(row.measured.variety) for name, of in _VARIETY.items()},
        "ms_per_query": 1000 * row.seconds / row.queries,
    }


def print_json(rows: Sequence[Row]) -> None:
    """Print the figures of each row as one document."""
    document = [{"ranking": row.name, **figures_of(row)} for row in rows]
    print(json.dumps(document, indent=2))  # noqa: T201 - standard output is the product


def print_quality(console: Console, rows: Sequence[Row], served: Served) -> None:
    """Print how well each ranking foresees the next product."""
    queries = served.ranking.quality.all.queries
    table = Table(title=f"Next product, {queries:,} queries", title_justify="left")
    table.add_column("ranking")
    for name in (f"HR@{CUTOFF}", f"MRR@{CUTOFF}", "HR new", "MRR new", "ms/query"):
        table.add_column(name, justify="right")
    for row in rows:
        both = (row.measured.quality.all, row.measured.quality.without_repeats)
        figures = [
            f
            for ranking_quality in both
            for f in (ranking_quality.hit_rate, ranking_quality.mean_reciprocal_rank)
        ]
        table.add_row(
            row.name,
            *(f"{100 * figure:.2f}" for figure in figures),
            f"{1000 * row.seconds / row.queries:.2f}",
        )
    console.print(table)
    console.print(
        "`new` leaves out queries whose target was viewed before in the session. Action set: "
        f"{served.actions / max(queries, 1):.1f} products on average, which hold the target in "
        f"{100 * served.in_action_set / max(queries, 1):.1f} % of the queries."
    )


def print_variety(console: Console, rows: Sequence[Row]) -> None:
    """Print how varied what each ranking shows is."""
    table = Table(title=f"Variety of the first {CUTOFF}", title_justify="left")
    table.add_column("ranking")
    for heading in _HEADINGS:
        table.add_column(heading, justify="right")
    for row in rows:
        values = {name: of(row.measured.variety) for name, of in _VARIETY.items()}
        table.add_row(
            row.name,
            *(
                f"{100 * value:.1f}" if name in _SHARES else f"{value:.3f}"
                for name, value in values.items()
            ),
        )
    console.print(table)
    console.print(
        "Coverage: share of the catalogue that was shown at all. Entropy, of products and of their "
        "categories, and novelty, the mean surprise of what is shown, are in bits. In a list: "
        "share of its pairs that are of different categories."
    )
