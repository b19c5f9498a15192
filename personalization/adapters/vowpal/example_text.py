"""Contexts and candidates as Vowpal Wabbit text: ids and numbers, never free text.

Namespace c holds the shared context, r an action's relevance, p its prior. A newline in a
feature would add an action, a colon or bar would split it, so ids are escaped.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import isfinite
from urllib.parse import quote

from personalization.domain.context import Context
from personalization.ports.policy import Candidate

_MANY_CLICKS = 6
"""Sessions of this many interactions or more look alike to the policy."""


@lru_cache(maxsize=100_000)
def _escaped(identifier: str) -> str:
    return quote(identifier, safe="-_.")


def context_line(context: Context) -> str:
    """Return the shared line of an example."""
    strongest = context.affinities[0].category_id if context.affinities else "none"
    return (
        f"shared |c season={context.season.value} daypart={context.daypart.value} "
        f"device={context.device.value} region={_escaped(context.region or 'none')} "
        f"leaning={_escaped(strongest)} clicks={min(context.interaction_count, _MANY_CLICKS)}"
    )


@lru_cache(maxsize=1_000)
def candidate_line(candidate: Candidate) -> str:
    """Return an action's line.

    Raises `ValueError` for a number that is not finite: Vowpal Wabbit would take it silently and
    spoil its weights.
    """
    if not (isfinite(candidate.relevance) and isfinite(candidate.prior)):
        raise ValueError(f"Features of product {candidate.product_id} are not finite.")
    return f"|r relevance:{candidate.relevance:.5f} |p prior:{candidate.prior:.5f}"


def example_lines(context: Context, candidates: Sequence[Candidate]) -> list[str]:
    """Return the lines of one multi-line example, the shared one first."""
    return [context_line(context), *(candidate_line(one) for one in candidates)]
