import json
from collections.abc import Sequence

from rich.console import Console

from cli.tables import titled_table
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
    headings = (
        f"HR@{CUTOFF}",
        f"MRR@{CUTOFF}",
        "HR new",
        "MRR new",
        "HR unseen",
        "MRR unseen",
        "ms/query",
    )
    table = titled_table(f"Next product, {queries:,} queries", ["ranking"], headings)
    for row in rows:
        quality = row.measures.quality
        kinds = (quality.all, quality.without_repeats, quality.without_seen)
        shares = [share for kind in kinds for share in (kind.hit_rate, kind.mean_reciprocal_rank)]
        cells = (f"{100 * share:.2f}" for share in shares)
        table.add_row(row.name, *cells, f"{row.milliseconds_per_query:.2f}")
    console.print(table)
    console.print(
        "`new` leaves out queries whose target was viewed before in the session, `unseen` also "
        "leaves what was viewed before out of the list. Action set: "
        f"{served.actions / max(queries, 1):.1f} products on average, which hold the target in "
        f"{100 * served.in_action_set / max(queries, 1):.1f} % of the queries."
    )


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
