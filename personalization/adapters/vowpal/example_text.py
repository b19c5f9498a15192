"""Contexts and candidates as Vowpal Wabbit text: ids and numbers, never free text.

Namespace c holds the shared context, r an action's relevance, p its prior. A newline in a
feature would add an action, a colon or bar would split it, so ids are escaped.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import isfinite
from operator import attrgetter
from urllib.parse import quote

from personalization.domain.context import Context
from personalization.ports.policy import Candidate

CONTEXT = "c"
"""The namespace whose features count only where they are crossed with an action's."""
RELEVANCE = "relevance"
PRIOR = "prior"
DIGITS = 5
"""Decimals of a relevance or prior; what is beyond them the policy does not see."""
SCALE = 100_000
_LINE = f"|r {RELEVANCE}:%.{DIGITS}f |p {PRIOR}:%.{DIGITS}f"
_RELEVANCE, _PRIOR = attrgetter("relevance"), attrgetter("prior")
_ROUNDS_TO_0 = 0.5
"""In units of the last decimal."""
_MANY_CLICKS = 6
"""Sessions of this many interactions or more look alike to the policy."""


@lru_cache(maxsize=100_000)
def _escape(identifier: str) -> str:
    return quote(identifier, safe="-_.")


def context_features(context: Context) -> str:
    strongest = context.affinities[0].category_id if context.affinities else "none"
    known = f" taste={_escape(context.tastes[0].category_id)}" if context.tastes else ""
    return (
        f"season={context.season} daypart={context.daypart} "
        f"device={context.device} region={_escape(context.region or 'none')} "
        f"leaning={_escape(strongest)} clicks={min(context.interaction_count, _MANY_CLICKS)}"
        # Without one the line is what it was, so that models of before say the same.
        f"{known}"
    )


def context_line(context: Context) -> str:
    return f"shared |{CONTEXT} {context_features(context)}"


@lru_cache(maxsize=1_000)
def candidate_line(candidate: Candidate) -> str:
    """Return an action's line; `ValueError` for a number not finite: it would spoil the weights."""
    _require_finite((candidate,))
    return _LINE % (_round(candidate.relevance), _round(candidate.prior))


def candidate_lines(candidates: Sequence[Candidate]) -> list[str]:
    """As `candidate_line` of each, for many that are seldom asked about again."""
    _require_finite(candidates)
    numbers: list[float] = []
    for _, _, relevance, prior in candidates:
        # As `_round` does, without a call for each.
        numbers += round(relevance * SCALE) / SCALE, round(prior * SCALE) / SCALE
    return ("\n".join([_LINE] * len(candidates)) % tuple(numbers)).split("\n")


def own_features(candidates: Sequence[Candidate]) -> list[int]:
    """Return how many features each one's line has; Vowpal Wabbit drops those that are zero."""
    _require_finite(candidates)
    return [
        (abs(relevance * SCALE) > _ROUNDS_TO_0) + (abs(prior * SCALE) > _ROUNDS_TO_0)
        for _, _, relevance, prior in candidates
    ]


def _require_finite(candidates: Sequence[Candidate]) -> None:
    # A sum is finite only if each of its numbers, all near 1, is.
    if isfinite(sum(map(_RELEVANCE, candidates)) + sum(map(_PRIOR, candidates))):
        return
    for candidate in candidates:
        if not (isfinite(candidate.relevance) and isfinite(candidate.prior)):
            raise ValueError(f"Features of product {candidate.product_id} are not finite.")


def _round(number: float) -> float:
    """Round as numpy does: formatting alone would round 0.000005 up, and numpy down."""
    return round(number * SCALE) / SCALE


def example_lines(context: Context, candidates: Sequence[Candidate]) -> list[str]:
    return [context_line(context), *(candidate_line(candidate) for candidate in candidates)]
