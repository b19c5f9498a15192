from dataclasses import dataclass
from enum import StrEnum

from personalization.domain.decision import Action, CategoryScore, Decision, Frame, Ingredients
from personalization.domain.event import EventType
from personalization.ranking.blend import event_amount, prior_amount


class ContributionKind(StrEnum):
    """Whether a part of a score came from the shopper, a prior, or what was added to the blend."""

    EVENT = "event"
    PRIOR = "prior"
    ADJUSTMENT = "adjustment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One summand; those of a score add up to it. The factors let anyone check the amount."""

    kind: ContributionKind
    amount: float
    subject: str
    """The product or category acted on, or the name of the prior or adjustment."""
    label: str
    event_type: EventType | None = None
    category_id: str | None = None
    reward: float | None = None
    age: int | None = None
    freshness: float | None = None
    relevance: float | None = None
    probability: float | None = None
    weight: float | None = None
    strength: float | None = None


def contributions(decision: Decision, scored: Action | CategoryScore) -> tuple[Contribution, ...]:
    frame = decision.frame if isinstance(scored, Action) else decision.category_frame
    made_of = scored.ingredients
    return (
        *(_of_event(decision, frame, made_of, *relevance) for relevance in made_of.relevances),
        *(_of_prior(decision, frame, *strength) for strength in made_of.strengths),
        *(_of_adjustment(frame, *adjustment) for adjustment in made_of.adjustments),
    )


def _of_event(
    decision: Decision, frame: Frame, made_of: Ingredients, index: int, relevance: float
) -> Contribution:
    evidence = decision.evidence[index]
    return Contribution(
        kind=ContributionKind.EVENT,
        amount=event_amount(decision.live_weight, frame, evidence, made_of, relevance),
        subject=evidence.subject,
        label=evidence.label,
        event_type=evidence.type,
        category_id=evidence.category_id,
        reward=evidence.reward,
        age=evidence.age,
        freshness=evidence.freshness,
        relevance=relevance,
        probability=made_of.probability,
    )


def _of_prior(decision: Decision, frame: Frame, index: int, strength: float) -> Contribution:
    prior = frame.priors[index]
    return Contribution(
        kind=ContributionKind.PRIOR,
        amount=prior_amount(decision.live_weight, frame, prior, strength),
        subject=prior.name,
        label=prior.name,
        weight=prior.weight,
        strength=strength,
    )


def _of_adjustment(frame: Frame, index: int, amount: float) -> Contribution:
    name = frame.adjustments[index]
    return Contribution(kind=ContributionKind.ADJUSTMENT, amount=amount, subject=name, label=name)
