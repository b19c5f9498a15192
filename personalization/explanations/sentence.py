"""Clauses as a sentence: the largest by their words, and the rest as one."""

from collections.abc import Sequence
from math import floor, log10

from personalization.explanations.clauses import Clause

NAMED = 5
"""More than five reasons nobody reads."""
REST = "Everything else"
_DECIMALS = (2, 6)
"""Fewest and most that are printed; more than two where all amounts are small."""


def decimals_of(clauses: Sequence[Clause]) -> int:
    """Return the decimals that show two digits of the largest amount."""
    largest = max((abs(clause.amount) for clause in clauses), default=0.0)
    fewest, most = _DECIMALS
    return min(most, max(fewest, 1 - floor(log10(largest)))) if largest > 0 else fewest


def shortened(clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    """Return the clauses, largest first, with those that say little as one at the end.

    They add up to what they did. Little is what would be printed as nothing.
    """
    least = 0.5 * 10.0 ** -decimals_of(clauses)
    named = [
        clause
        for place, clause in enumerate(clauses[:NAMED])
        if place == 0 or abs(clause.amount) > least
    ]
    rest = clauses[len(named) :]
    if not rest:
        return tuple(named)
    parts = [part for clause in rest for part in clause.contributions]
    together = Clause(
        words=REST,
        amount=sum(clause.amount for clause in rest),
        contributions=tuple(sorted(parts, key=lambda part: -abs(part.amount))),
    )
    return (*named, together)


def sentence(clauses: Sequence[Clause]) -> str:
    """Return shortened clauses with their amounts, as one reads them out."""
    decimals = decimals_of(clauses)
    said = [
        f"{clause.words}: {clause.amount:+.{decimals}f}"
        for place, clause in enumerate(clauses)
        if place == 0 or round(clause.amount, decimals)
    ]
    return "; ".join(said) or "Nothing is known yet"
