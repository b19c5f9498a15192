from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from personalization.domain.decision import Decision, Exposure, Slot
from personalization.domain.identifiers import (
    DecisionId,
    EventId,
    ProductId,
    SessionId,
    UserId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDecision:
    """What experiments and the learner ask of a decision, in a fraction of its time to read."""

    decision_id: DecisionId
    session_id: SessionId
    user_id: UserId | None
    slate: tuple[Slot, ...]
    exposures: tuple[Exposure, ...]
    priors: tuple[str, ...]
    """Names of the priors that took part."""
    strengths: Mapping[ProductId, tuple[tuple[int, float], ...]]
    """Product of the slate -> its strengths: index into the priors, and number."""
    last_event_id: EventId | None = None
    """The newest event that it had counted; None where it was made for a first visit."""

    @classmethod
    def of(cls, decision: Decision, user_id: UserId | None) -> Self:
        shown = {slot.product_id for slot in decision.slate}
        return cls(
            decision_id=decision.decision_id,
            session_id=decision.session_id,
            user_id=user_id,
            slate=decision.slate,
            exposures=decision.exposures,
            priors=tuple(prior.name for prior in decision.frame.priors),
            strengths={
                action.product_id: action.ingredients.strengths
                for action in decision.actions
                if action.product_id in shown
            },
            last_event_id=decision.last_event_id,
        )
