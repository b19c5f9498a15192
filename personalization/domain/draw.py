"""How slots are drawn, and so the probability of every action in every position."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp

from personalization.value_classes import set_by_slots

EPSILON = 0.2
"""Share of exploration per position, as in Vowpal Wabbit's `--epsilon 0.2`."""
HOME = "home"
"""The placement that a page shows first."""
Place = tuple[str, int]
"""A placement and a position in it, from 0."""


class Kernel(StrEnum):
    """The rule that turns scores or ballots into probabilities."""

    BALLOTS = "ballots"
    """Each member of an ensemble votes for its best action; one member is plain greed."""
    SOFTMAX = "softmax"
    SQUARECB = "squarecb"


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """How the slots of one placement were drawn.

    With m actions remaining, of scores s, the rules give

        ballots   q(a) = share of the members whose best remaining action is a
        softmax   q(a) = exp(inverse_temperature s(a)) / sum_b exp(inverse_temperature s(b))
        squarecb  q(a) = 1 / (m + gamma (max s - s(a))), the best action has the rest
                  (Foster and Rakhlin, Beyond UCB, 2020)

    and every action keeps its share of exploration: p(a) = (1 - epsilon) q(a) + epsilon / m.
    """

    placement: str = HOME
    policy: str
    """Its kind with its parameters."""
    policy_version: str
    """The snapshot of the model that it asked."""
    size: int
    """Positions asked for."""
    epsilon: float = EPSILON
    kernel: Kernel = Kernel.BALLOTS
    inverse_temperature: float = 0.0
    gamma: float = 0.0
    ballots: tuple[tuple[int, ...], ...] = ()
    """Each member's best actions, best first, as indexes into the decision's actions. None at all
    is one member that votes in the order of the scores; so does a member whose list has ended."""
    barred: tuple[int, ...] = ()
    """Actions that rules keep out of this placement, as indexes."""

    def probabilities(self, scores: Sequence[float], remaining: Sequence[int]) -> list[float]:
        """Return the probability of each of the `remaining` (indexes into `scores`, ascending)."""
        floor = self.epsilon / len(remaining)
        kept = 1.0 - self.epsilon
        if self.kernel is Kernel.BALLOTS and not self.ballots:
            return [kept + floor, *[floor] * (len(remaining) - 1)]
        match self.kernel:
            case Kernel.BALLOTS:
                shares = self._votes(remaining)
            case Kernel.SOFTMAX:
                shares = _softmax([scores[index] for index in remaining], self.inverse_temperature)
            case Kernel.SQUARECB:
                shares = _squarecb([scores[index] for index in remaining], self.gamma)
        return [kept * share + floor for share in shares]

    def _votes(self, remaining: Sequence[int]) -> list[float]:
        shares = [0.0] * len(remaining)
        places = {action: place for place, action in enumerate(remaining)}
        for ballot in self.ballots:
            best = next((places[action] for action in ballot if action in places), 0)
            shares[best] += 1.0 / len(self.ballots)
        return shares


def _softmax(scores: Sequence[float], inverse_temperature: float) -> list[float]:
    best = max(scores)
    # Taken from the best, so that no exponential overflows.
    weights = [exp(inverse_temperature * (score - best)) for score in scores]
    total = sum(weights)
    return [weight / total for weight in weights]


def _squarecb(scores: Sequence[float], gamma: float) -> list[float]:
    count, best = len(scores), max(scores)
    shares = [1.0 / (count + gamma * (best - score)) for score in scores]
    place = scores.index(best)
    shares[place] = 0.0
    shares[place] = 1.0 - sum(shares)
    return shares
