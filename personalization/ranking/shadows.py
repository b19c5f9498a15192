"""What a shadow policy would have shown, beside what was: computed, kept, never served."""

from collections.abc import Sequence

from personalization.domain.decision import Decision, Shadow
from personalization.domain.draw import Draw
from personalization.ranking.slate import draw_slate


def shadow_of(decision: Decision, draws: Sequence[Draw], placement: str) -> Shadow:
    """Return the shadow that other draws of the same actions cast on a placement.

    Its slate is drawn with the decision's own seed and pins. Each probability is that of the
    product shown in a slot, had the other policy filled that slot after the same slots before it.
    """
    draw = next(one for one in draws if one.placement == placement)
    scores = [one.score for one in decision.actions]
    pins = {(one.placement, one.position): one.product_id for one in decision.slate if one.pinned}
    probabilities: list[float] = []
    for slot in decision.slate:
        if slot.placement != placement:
            continue
        if slot.pinned:
            probabilities.append(1.0)
            continue
        remaining = decision.remaining_at(slot)
        names = [decision.actions[index].product_id for index in remaining]
        given = draw.probabilities(scores, remaining)
        probabilities.append(given[names.index(slot.product_id)])
    slate = draw_slate(decision.actions, draws, decision.seed, pins)
    return Shadow(
        placement=placement,
        policy=draw.policy,
        policy_version=draw.policy_version,
        product_ids=tuple(one.product_id for one in slate if one.placement == placement),
        probabilities=tuple(probabilities),
    )
