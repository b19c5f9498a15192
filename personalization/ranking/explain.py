"""Explanations of a past decision: sentences and numbers that add up."""

from dataclasses import dataclass
from datetime import datetime

from personalization.domain.context import Context
from personalization.domain.decision import Action, CategoryScore, Decision, Slot
from personalization.ports.decision_history import DecisionRecord
from personalization.ranking.contributions import Contribution, contributions
from personalization.ranking.reasons import sentence_of

SENTENCE_PARTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One product or category: its score, the summands, and the whole in a sentence.

    `slot`, `propensity` and `explored` tell of a product on the slate how it came there.
    """

    subject: str
    title: str
    score: float
    sum_of_contributions: float
    sentence: str
    contributions: tuple[Contribution, ...]
    sources: tuple[str, ...] = ()
    slot: int | None = None
    propensity: float | None = None
    explored: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a session was shown what it was shown at one moment."""

    decision_id: str
    session_id: str
    decided_at: datetime
    context: Context
    formula: str
    live_weight: float
    evidence_amount: float
    policy: str
    policy_version: str
    generation_id: str | None
    products: tuple[Explained, ...]
    categories: tuple[Explained, ...]


FORMULA = (
    "score = (w * live + (1 - w) * prior) / M; live = sum of reward * probability * 0.9^age * "
    "relevance / Z, at most 1; prior = sum of weight * strength / total; w = n / (n + 0.5)"
)


def explain(record: DecisionRecord) -> Explanation:
    """Explain every product and category of the record's profile."""
    decision, profile = record.decision, record.profile
    actions = {one.product_id: one for one in decision.actions}
    names = {one.category_id: one.name for one in profile.categories}
    scored = {one.category_id: one for one in decision.categories}
    slots = {one.product_id: one for one in decision.slate}
    return Explanation(
        decision_id=decision.decision_id,
        session_id=decision.session_id,
        decided_at=decision.decided_at,
        context=decision.context,
        formula=FORMULA,
        live_weight=decision.live_weight,
        evidence_amount=decision.evidence_amount,
        policy=decision.policy,
        policy_version=decision.policy_version,
        generation_id=decision.generation_id,
        products=tuple(
            _explained(
                decision,
                actions[one.product_id],
                _Named(one.product_id, one.title, names.get(one.category_id, one.category_id)),
                slots.get(one.product_id),
            )
            for one in profile.products
        ),
        categories=tuple(
            _explained(
                decision,
                scored[one.category_id],
                _Named(one.category_id, one.name, one.name),
                None,
            )
            for one in profile.categories
        ),
    )


@dataclass(frozen=True, slots=True)
class _Named:
    """What is explained, what to call it, and what its category is called."""

    subject: str
    title: str
    place: str


def _explained(
    decision: Decision, scored: Action | CategoryScore, named: _Named, slot: Slot | None
) -> Explained:
    parts = contributions(decision, scored)
    sources = scored.sources if isinstance(scored, Action) else ()
    return Explained(
        subject=named.subject,
        title=named.title,
        score=scored.score,
        sum_of_contributions=sum(one.amount for one in parts),
        sentence=_sentence(parts, named, slot),
        contributions=parts,
        sources=tuple(one.value for one in sources),
        slot=slot.position if slot else None,
        propensity=slot.propensity if slot else None,
        explored=slot.explored if slot else None,
    )


def _sentence(parts: tuple[Contribution, ...], named: _Named, slot: Slot | None) -> str:
    """Return the largest summands in words, those with the same words taken together."""
    amounts: dict[str, float] = {}
    for one in parts:
        words = sentence_of(one, named.subject, named.place)
        amounts[words] = amounts.get(words, 0.0) + one.amount
    largest = sorted(amounts.items(), key=lambda item: -abs(item[1]))[:SENTENCE_PARTS]
    said = [f"{words}: {amount:+.2f}" for words, amount in largest]
    rest = sum(amounts.values()) - sum(amount for _, amount in largest)
    if len(amounts) > SENTENCE_PARTS:
        said.append(f"everything else: {rest:+.2f}")
    if slot is not None and slot.explored:
        said.append(f"shown to learn: {100 * slot.propensity:.1f} %")
    return "; ".join(said) or "Nothing is known yet"
