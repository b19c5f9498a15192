"""How a slot got its product, in words, from the draw that the decision keeps."""

from dataclasses import replace

from personalization.domain.decision import Decision, Slot
from personalization.domain.draw import Draw, Kernel
from personalization.policies.policy import Policy
from personalization.policies.registry import POLICIES

_UNLEARNED = "cold"
_WHOLE, _LEAST = 0.1, 0.0001
"""From the first on a percentage needs no decimals; below the second it is only called small."""


def slot_words(decision: Decision, slot: Slot) -> str:
    """Return how the product came into the slot, with the chance that it had there."""
    if slot.pinned:
        return "placed here by the shop"
    draw = next((draw for draw in decision.draws if draw.placement == slot.placement), None)
    votes = _votes(decision, slot, draw) if draw is not None else None
    if slot.explored:
        learned = f"shown to learn: {percent(slot.propensity)}"
        return f"{learned}; {votes} preferred it" if votes else learned
    chances = decision.distribution_at(slot)
    if len(chances) == 1:
        return "the only one that was left"
    chance = f"the chance of that was {percent(slot.propensity)}"
    if min(chances) == max(chances):
        return f"drawn evenly from the {len(chances)} that were left; {chance}"
    if votes:
        return f"preferred by {votes}; {chance}"
    policy = _policy(draw.policy) if draw is not None else None
    return f"{policy.choice if policy else 'the best that was left'}; {chance}"


def _votes(decision: Decision, slot: Slot, draw: Draw) -> str | None:
    """Return which part of an ensemble voted for the product; None where nobody did or votes."""
    members = len(draw.ballots)
    if draw.kernel is not Kernel.BALLOTS or members <= 1:
        return None
    # Without its share of exploration a ballots draw is the votes themselves.
    votes = round(members * decision.chance_under(replace(draw, epsilon=0.0), slot))
    return f"{votes} of {members} samples of the model" if votes else None


def policy_words(draw: Draw) -> str:
    policy = _policy(draw.policy)
    said = [policy.words if policy else draw.policy]
    if draw.epsilon > 0:
        said.append(f"gives {percent(draw.epsilon)} of its draws to any product, to learn")
    if draw.policy_version == _UNLEARNED:
        said.append("its model has learned nothing yet")
    else:
        said.append(f"its model is {draw.policy_version}")
    return "; ".join(said)


def _policy(text: str) -> Policy | None:
    return POLICIES.get(text.partition(":")[0])


def percent(probability: float) -> str:
    """Return a probability as one says it: 84 %, 3.6 %, less than 0.01 %."""
    if 0 < probability < _LEAST:
        return f"less than {100 * _LEAST:g} %"
    if probability >= _WHOLE:
        return f"{100 * probability:.0f} %"
    return f"{100 * probability:.2g} %"
