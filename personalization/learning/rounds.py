"""From a closed impression and its decision to a round: what was chosen, of what, its outcome."""

from dataclasses import dataclass
from itertools import count
from operator import itemgetter

from personalization.domain.decision import Action, Decision, Slot
from personalization.domain.identifiers import ProductId, SessionId
from personalization.policies.plain_scores import relevance_weight
from personalization.ports.policy import Candidate, LearningRound
from personalization.value_classes import make_all

_SEEN_OF_AN_ACTION = itemgetter(*map(Action._fields.index, Candidate._fields))
_PRODUCT = itemgetter(Action._fields.index("product_id"))


OF_A_PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class ShownImpression:
    """An impression of a slate that was seen, with the actions that remained when it was drawn."""

    decision: Decision
    slot: Slot
    remaining: tuple[Action, ...]
    """Best score first, without the products of the slots before."""
    chosen: int
    """The index of what was shown."""
    outcome: float
    """-1..1"""

    @property
    def placement(self) -> str:
        return self.slot.placement

    @property
    def strategy(self) -> str:
        """The strategy of a row, `rank` for a list of the shop's own, else `profile`."""
        asked = self.decision.asked
        if asked is None:
            return OF_A_PROFILE
        return (asked.kind if asked.strategy is None else asked.strategy).value

    @property
    def logging(self) -> list[float]:
        """The probability with which the log would have shown each of the remaining actions."""
        return self.decision.distribution_at(self.slot)


def shown_impression(decision: Decision, product_id: ProductId, outcome: float) -> ShownImpression:
    """Raise `KeyError` if the slate lacks the product."""
    slot = {slot.product_id: slot for slot in decision.slate}[product_id]
    remaining = tuple(decision.actions[index] for index in decision.remaining_at(slot))
    chosen = [action.product_id for action in remaining].index(product_id)
    return ShownImpression(decision, slot, remaining, chosen, outcome)


def was_drawn(decision: Decision, product_id: ProductId) -> bool:
    """Say whether the decision drew the product, rather than a rule pinning it.

    A pinned one was the only choice: it teaches nothing about ranking.
    """
    return any(slot.product_id == product_id and not slot.pinned for slot in decision.slate)


class SlateRounds:
    """Makes the rounds of one decision; what its positions share is made once."""

    def __init__(self, decision: Decision) -> None:
        self._decision = decision
        self._candidates = tuple(make_all(Candidate, map(_SEEN_OF_AN_ACTION, decision.actions)))
        self._indexes = dict(zip(map(_PRODUCT, decision.actions), count()))
        self._relevance_weight = relevance_weight(decision.live_weight, decision.frame)
        self._slots = {slot.product_id: slot for slot in decision.slate}
        self._shown = [self._indexes[product] for product in self._slots]
        self._places = dict(zip(self._slots, count()))
        self._pinned = {self._indexes[slot.product_id] for slot in decision.slate if slot.pinned}
        self._barred = decision.barred_actions
        self._drawn = {slot.product_id for slot in decision.slate if not slot.pinned}

    @property
    def session_id(self) -> SessionId:
        return self._decision.session_id

    def place_of(self, product_id: ProductId) -> int:
        """Return the place in the slate, from 0."""
        return self._places[product_id]

    def has_drawn(self, product_id: ProductId) -> bool:
        """As `was_drawn`."""
        return product_id in self._drawn

    def round(
        self, product_id: ProductId, outcome: float, corrects: float | None = None
    ) -> LearningRound:
        """Raise `KeyError` if the slate does not hold the product."""
        slot, chosen = self._slots[product_id], self._indexes[product_id]
        return LearningRound(
            context=self._decision.context,
            candidates=self._candidates,
            chosen=chosen,
            propensity=slot.propensity,
            outcome=outcome,
            corrects=corrects,
            score=self._decision.actions[chosen].score,
            gone=self._absent_at(slot),
            relevance_weight=self._relevance_weight,
        )

    def _absent_at(self, slot: Slot) -> tuple[int, ...]:
        """Return what `Decision.remaining_at` leaves out at a slot.

        For the slot that is asked about alone: of a list of hundreds only what was seen is learned.
        """
        shown = self._shown[self._places[slot.product_id]]
        if slot.pinned:
            return tuple(index for index in self._indexes.values() if index != shown)
        before = self._shown[: self._places[slot.product_id]]
        return tuple(sorted(self._pinned.union(before, self._barred.get(slot.placement, ()))))


def learning_round(
    decision: Decision, product_id: ProductId, outcome: float, corrects: float | None = None
) -> LearningRound:
    """Raise `KeyError` if the slate does not hold the product."""
    return SlateRounds(decision).round(product_id, outcome, corrects)


def candidates_of(shown: ShownImpression) -> tuple[Candidate, ...]:
    return tuple(map(Candidate.of, shown.remaining))
