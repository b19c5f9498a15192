"""Drawing the slate: epsilon-greedy per position, without replacement, with propensities."""

from collections.abc import Sequence
from random import Random

from personalization.domain.decision import Action, Slot


def draw_slate(actions: Sequence[Action], size: int, epsilon: float, seed: int) -> tuple[Slot, ...]:
    """Draw `size` positions from actions ordered best first.

    Each position takes, with probability 1 - epsilon, the best action that remains, and else
    one of those that remain uniformly (the best among them). With m remaining the conditional
    propensity is therefore (1 - epsilon) * [best] + epsilon / m, which is what learning and
    off-policy estimates divide by.
    """
    generator = Random(seed)
    remaining = list(actions)
    slate: list[Slot] = []
    for position in range(min(size, len(remaining))):
        count = len(remaining)
        index = generator.randrange(count) if generator.random() < epsilon else 0
        propensity = epsilon / count + ((1.0 - epsilon) if index == 0 else 0.0)
        slate.append(
            Slot(
                position=position,
                product_id=remaining.pop(index).product_id,
                propensity=propensity,
                explored=index != 0,
            )
        )
    return tuple(slate)
