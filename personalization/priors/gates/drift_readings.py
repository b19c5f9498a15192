"""What the gates are told of the drift between the active generation and the one made now."""

from collections.abc import Iterator

from personalization.domain.prior import PriorTable
from personalization.domain.quality.gate import GateName
from personalization.priors.drift.generation_drift import GenerationDrift
from personalization.priors.gates.verdict import Reading
from personalization.priors.promotion import VARYING_TABLES

_NO_RANKING = frozenset({PriorTable.PRODUCT_PRIORS})
"""Its lists hold the same priors of each product: their order says nothing."""


def drift_readings(drift: GenerationDrift, *, may_stop: bool) -> Iterator[Reading]:
    """Yield the drift of popularity, then of each table that should be alike from night to night.

    It `may_stop` a night only where both generations are of nearly the same days.
    """
    popularity = drift.popularity
    yield Reading(
        gate=GateName.POPULARITY_DRIFT,
        place=f"against {drift.before}",
        value=popularity.index,
        base=popularity.compared,
        note=f"{popularity.products_now:,} products, before {popularity.products_before:,}",
        may_stop=may_stop,
    )
    for table in drift.tables:
        if table.table in VARYING_TABLES:
            continue
        if table.table not in _NO_RANKING:
            yield Reading(
                gate=GateName.LIST_DRIFT,
                place=table.table.value,
                value=table.overlap,
                base=table.compared,
                note=f"{table.unchanged:.0%} of lists have the same first ten",
                may_stop=may_stop,
            )
        yield Reading(
            gate=GateName.KEY_DRIFT,
            place=table.table.value,
            value=table.gone,
            base=table.drawn,
            note=f"{table.lists_now:,} lists, before {table.lists_before:,}",
            may_stop=may_stop,
        )
