"""What rose and what fell from one generation to another, in tables."""

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.table import Table

from cli.tables import titled_table
from personalization.domain.prior import PriorTable
from personalization.priors.drift.generation_drift import GenerationDrift, Mover, TableDrift

SHOWN = 5
"""Of each side; `--json` has ten."""
_TOLD = (
    PriorTable.TRENDING,
    PriorTable.POPULAR_CATEGORIES,
    PriorTable.CATEGORY_AFFINITY,
    PriorTable.PRODUCT_AFFINITY,
)
"""Whose movers say something to a person; the others follow from these."""


def drift_report(drift: GenerationDrift) -> Iterator[RenderableType]:
    """Yield the tables, the whole first, then what moved most."""
    yield _summary(drift)
    popularity = drift.popularity
    yield (
        f"Popularity: {popularity.products_now:,} products have a share, before "
        f"{popularity.products_before:,}; stability index {popularity.index:.3f} "
        "(below 0.1 little moved, above 0.25 much did)."
    )
    yield _movers("Share of popularity", [*popularity.rose[:SHOWN], *popularity.fell[:SHOWN]])
    if popularity.appeared:
        yield _movers("Products that appeared", popularity.appeared[:SHOWN])
    if popularity.vanished:
        yield _movers("Products that vanished", popularity.vanished[:SHOWN])
    for table in drift.tables:
        movers = [*table.rose[:SHOWN], *table.fell[:SHOWN]]
        if table.table in _TOLD and movers:
            yield _movers(f"Strength in {table.table.value}", movers)


def _summary(drift: GenerationDrift) -> Table:
    table = titled_table(
        f"{drift.before} to {drift.now}",
        ["table"],
        ["lists before", "now", "gone", "new", "same first ten", "overlap", "mean change"],
    )
    for row in drift.tables:
        table.add_row(row.table.value, *_figures(row))
    return table


def _figures(row: TableDrift) -> Iterator[str]:
    yield f"{row.lists_before:,}"
    yield f"{row.lists_now:,}"
    yield f"{row.gone:.1%}"
    yield f"{row.came:.1%}"
    yield f"{row.unchanged:.1%}" if row.compared else "-"
    yield f"{row.overlap:.2f}" if row.compared else "-"
    yield f"{row.strength_change:.3f}" if row.compared else "-"


def _movers(title: str, movers: Iterable[Mover]) -> Table:
    table = titled_table(title, ["list", "member"], ["before", "now", "change"])
    for mover in sorted(movers, key=lambda mover: -mover.change):
        table.add_row(
            mover.key or "all",
            mover.member,
            f"{mover.before:.4f}",
            f"{mover.now:.4f}",
            f"{mover.change:+.4f}",
        )
    return table
