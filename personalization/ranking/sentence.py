"""Clauses as a sentence: the largest by their words, and the rest as one."""

from collections.abc import Sequence

from personalization.ranking.clauses import Clause
from personalization.ranking.contributions import Contribution

NAMED = 5
"""More than five reasons nobody reads."""
LEAST_NAMED = 0.005
"""Less is 0.00 in print."""
REST = "Everything else"


def shortened(clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    """Return the clauses, largest first, with those that say little as one at the end.

    They add up to what they did.
    """
    named = [
        one
        for place, one in enumerate(clauses[:NAMED])
        if place == 0 or abs(one.amount) >= LEAST_NAMED
    ]
    rest = clauses[len(named) :]
    if not rest:
        return tuple(named)
    together = Clause(
        words=REST,
        amount=sum(one.amount for one in rest),
        contributions=tuple(
            sorted((part for one in rest for part in one.contributions), key=_size)
        ),
    )
    return (*named, together)


def _size(part: Contribution) -> float:
    return -abs(part.amount)


def sentence(clauses: Sequence[Clause]) -> str:
    """Return shortened clauses with their amounts, as one reads them out."""
    said = [f"{one.words}: {one.amount:+.2f}" for one in clauses]
    return "; ".join(said) or "Nothing is known yet"
