"""Whether a checked generation may become the active one, and whether it should."""

from collections.abc import Iterator
from datetime import date

from personalization.domain.errors import GenerationRejectedError
from personalization.domain.prior import SESSION_INDEX, Generation, PriorTable
from personalization.priors.warehouse import (
    COVERED_PRODUCTS,
    INTERACTIONS,
    LARGEST_SHARE,
    SHOPPERS,
    NightlyPlan,
    NightOutcome,
)

VARYING_TABLES = frozenset({PriorTable.TRENDING, PriorTable.NEW_ARRIVALS, PriorTable.USER_TASTES})
"""What grows or is new this week says nothing of how much there will be next week; and a page that
no longer says who its shoppers are is no reason to keep the other tables back."""
FEW_ROWS = 10
"""A table that had fewer may lose half of them by chance."""

FEWEST_SHOPPERS = 20
"""With fewer, a quarter of everything may well be one's."""


def decide_promotion(
    made: Generation | NightlyPlan, active: Generation | None, today: date, *, asked: bool
) -> NightOutcome:
    """Say whether a generation, or one that is planned, is to be promoted, and why.

    It is unless it ends before the active one does: such a night is a backfill, which is kept and
    only promoted if that was asked for. An active generation that ends after today was made of
    mistaken events, and one without interactions before a shop imported its past: anything may
    follow them.
    """
    if active is None:
        return _outcome(made, "it is the first", promoted=True)
    if active.run_date > today:
        ends = f"the active generation {active.generation_id} ends after today"
        return _outcome(made, ends, promoted=True)
    if active.parameters.get(INTERACTIONS) == "0":
        empty = f"the active generation {active.generation_id} was made of no interactions"
        return _outcome(made, empty, promoted=True)
    after = f"the active generation {active.generation_id}, which ends on {active.run_date}"
    if made.run_date >= active.run_date:
        return _outcome(made, f"it does not end before {after}", promoted=True)
    if asked:
        return _outcome(made, f"that was asked for, though it ends before {after}", promoted=True)
    return _outcome(
        made,
        f"it ends on {made.run_date}, before {after}. "
        "Run it again with --promote (parameter `promote` of the DAG) to make it active",
        promoted=False,
    )


def _outcome(made: Generation | NightlyPlan, reason: str, *, promoted: bool) -> NightOutcome:
    return NightOutcome(generation_id=made.generation_id, promoted=promoted, reason=reason)


def check_size(made: Generation, active: Generation | None, minimum_share: float) -> None:
    """Raise `GenerationRejectedError` if the generation is much smaller than the active one.

    A broken import, a lost history or a wrong run date show first as something that shrinks.
    """
    if active is None:
        return
    smaller = shrunk_figures(made, active, minimum_share)
    if smaller:
        raise GenerationRejectedError(
            f"The generation has less than {minimum_share:.0%} of what the active generation "
            f"{active.generation_id} has: {'; '.join(smaller)}. It is not promoted, and the "
            "active one stays active. If the shop did become so much smaller, run the night "
            "again with --accept-smaller (parameter `accept_smaller` of the DAG)."
        )


def shrunk_figures(made: Generation, active: Generation, minimum_share: float) -> list[str]:
    """Return what is less than that share of the active generation's, in words."""
    return [
        f"{now:,} {what} instead of {before:,}"
        for what, now, before in _figures(made, active)
        if now < minimum_share * before
    ]


def _figures(made: Generation, active: Generation) -> Iterator[tuple[str, int, int]]:
    """Yield what is compared: words, number now, number in the active generation."""
    for parameter, what in (
        (COVERED_PRODUCTS, "products with priors"),
        (INTERACTIONS, "interactions"),
    ):
        before = int(active.parameters.get(parameter, "0"))
        yield what, int(made.parameters.get(parameter, "0")), before
    if INTERACTIONS not in active.parameters:
        # Of an earlier release, whose tables counted otherwise.
        return
    tables = [table.value for table in PriorTable if table not in VARYING_TABLES]
    for table in (*tables, SESSION_INDEX):
        before = active.rows_by_table.get(table, 0)
        if before >= FEW_ROWS:
            yield f"rows of {table}", made.rows_by_table.get(table, 0), before


def check_concentration(made: Generation, maximum_share: float) -> None:
    """Raise `GenerationRejectedError` if one shopper made too much of all interactions.

    In a shop of a handful of shoppers each of them does.
    """
    fault = oversized_share(made, maximum_share)
    if fault is not None:
        raise GenerationRejectedError(
            f"{fault}: that is a program or a mistake of an import. It is not "
            "promoted. FITTING_ROOM_NIGHTLY_MAXIMUM_SHOPPER_SHARE sets the limit."
        )


def oversized_share(made: Generation, maximum_share: float) -> str | None:
    """Return in words what the largest shopper made, where that is too much."""
    shoppers = int(made.parameters.get(SHOPPERS, "0"))
    share = float(made.parameters.get(LARGEST_SHARE, "0"))
    if shoppers < FEWEST_SHOPPERS or share <= maximum_share:
        return None
    return (
        f"One of {shoppers:,} shoppers made {share:.0%} of all rewards of the period, more "
        f"than {maximum_share:.0%}"
    )
