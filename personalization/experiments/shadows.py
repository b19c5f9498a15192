"""What a shadow policy would have shown, beside what was: computed, kept, never served."""

from collections.abc import Sequence

from personalization.domain.decision import Decision, Shadow
from personalization.domain.draw import Draw
from personalization.policies.draws import draw_slate


def shadow_of(decision: Decision, draws: Sequence[Draw], placement: str) -> Shadow:
    """Return the shadow that other draws of the same actions cast on a placement.

    Its slate is drawn with the decision's own seed and pins. Each probability is that of the
    product shown in a slot, had the other policy filled that slot after the same slots before it.
    """
    draw = next(draw for draw in draws if draw.placement == placement)
    slate = draw_slate(decision.actions, draws, decision.seed, decision.pins)
    shown = (slot for slot in decision.slate if slot.placement == placement)
    chances = (1.0 if slot.pinned else decision.chance_under(draw, slot) for slot in shown)
    return Shadow(
        placement=placement,
        policy=draw.policy,
        policy_version=draw.policy_version,
        product_ids=tuple(slot.product_id for slot in slate if slot.placement == placement),
        probabilities=tuple(chances),
    )
