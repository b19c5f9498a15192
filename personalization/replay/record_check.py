"""Checks a decision against itself: scores from their ingredients, slots from their seed.

This is what can still be checked when its priors are no longer kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import isclose

from personalization.domain.decision import Action, CategoryScore, Decision
from personalization.domain.identifiers import seed_of
from personalization.explanations.contributions import contributions
from personalization.policies.draws import draw_slate
from personalization.replay.json_differences import Difference

ROUNDING = 1e-9
"""Summands are added up in another order than the blend does."""


def record_differences(decision: Decision) -> list[Difference]:
    """Leave out a slate that was kept without its draws: it cannot be drawn again."""
    return [*_of_scores(decision), *_of_slate(decision)]


def _of_scores(decision: Decision) -> Iterator[Difference]:
    sets: Mapping[str, Sequence[Action | CategoryScore]] = {
        "actions": decision.actions,
        "categories": decision.categories,
    }
    for name, scored in sets.items():
        for index, candidate in enumerate(scored):
            total = sum(part.amount for part in contributions(decision, candidate))
            if not isclose(total, candidate.score, rel_tol=ROUNDING, abs_tol=ROUNDING):
                yield _difference(f"{name}[{index}].score", candidate.score, total)
        scores = [candidate.score for candidate in scored]
        if scores != sorted(scores, reverse=True):
            yield Difference(f"decision.{name}", "in this order", "best first")


def _of_slate(decision: Decision) -> Iterator[Difference]:
    seed = seed_of(decision.decision_id)
    if seed != decision.seed:
        yield _difference("seed", decision.seed, seed)
    if not decision.draws:
        return
    drawn = draw_slate(decision.actions, decision.draws, decision.seed, decision.pins)
    if len(drawn) != len(decision.slate):
        yield _difference("slate", len(decision.slate), len(drawn))
    for index, (kept, again) in enumerate(zip(decision.slate, drawn, strict=False)):
        if kept != again:
            yield _difference(f"slate[{index}]", kept, again)


def _difference(path: str, before: object, after: object) -> Difference:
    return Difference(f"decision.{path}", str(before), str(after))
