"""Explanations of a past decision: sentences and numbers that add up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from personalization.domain.asked import Asked
from personalization.domain.context import Context
from personalization.domain.decision import Action, ActionSource, CategoryScore, Decision, Slot
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.privacy.small_counts import SmallCounts
from personalization.explanations.asked_words import asked_words
from personalization.explanations.bundles import ExplainedBundle, explain_bundle
from personalization.explanations.clauses import (
    Clause,
    Clauses,
    Subject,
    sentence_of,
    shorten,
)
from personalization.explanations.names import Names, explained_products
from personalization.explanations.slots import policy_words, slot_words
from personalization.ports.decision_history import DecisionRecord
from personalization.ranking.signals.registry import SIGNALS


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How a product of the slate came to its slot."""

    placement: str
    slot: int
    propensity: float
    explored: bool
    pinned: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One product or category: its score, the clauses that add up to it, and a sentence."""

    subject: str
    title: str
    rank: int
    """1 is the best of all that were scored."""
    score: float
    sum_of_contributions: float
    sentence: str
    clauses: tuple[Clause, ...]
    """Largest first; what says little is one clause at the end."""
    sources: tuple[ActionSource, ...] = ()
    shown: Shown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyUsed:
    """What filled a placement."""

    placement: str
    policy: str
    policy_version: str
    words: str


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
    base_policy: str
    policy_version: str
    policies: tuple[PolicyUsed, ...]
    """One per placement; none of decisions kept before there were placements."""
    generation_id: str | None
    products: tuple[Explained, ...]
    categories: tuple[Explained, ...]
    bundles: tuple[ExplainedBundle, ...] = ()
    asked: Asked | None = None
    """Of a row or list what was asked for: strategy, anchors, filter and the shares of its terms;
    null of a profile."""
    asked_for: str | None = None
    """The same in words, with the number of products that were found."""


def formula(decision: Decision) -> str:
    tuning = decision.tuning
    added = " + adjustments" if decision.frame.adjustments else ""
    fresh, amount = "", "number of interactions"
    if tuning.time_halflife_seconds:
        fresh, amount = "freshness * ", "sum of freshness"
        added += f"; freshness = 2^(-seconds since / {tuning.time_halflife_seconds:g})"
    if any(piece.type.is_attention for piece in decision.evidence):
        amount += " + rewards of looks"
    signals = [term.name for term in decision.frame.priors if term.name in SIGNALS]
    if signals:
        added += f"; {' and '.join(signals)} have weights that grow with w / (1 - w)"
    return (
        f"score = (w * live + (1 - w) * prior) / M{added}; live = sum of reward * probability * "
        f"{fresh}{decision.frame.decay:g}^age * relevance / Z, at most 1; prior = sum of weight * "
        f"strength / total; w = n / (n + {tuning.evidence_halfway:g}), n = {amount}"
    )


def explain(record: DecisionRecord, names: Names, counts: SmallCounts) -> Explanation:
    """Return the explanation; numbers of other people in it are published by `counts`."""
    decision, scores = record.decision, record.profile.score_data
    explainer = Explainer(decision, names)
    return Explanation(
        decision_id=decision.decision_id,
        session_id=decision.session_id,
        decided_at=decision.decided_at,
        context=decision.context,
        formula=formula(decision),
        live_weight=decision.live_weight,
        evidence_amount=decision.evidence_amount,
        base_policy=decision.base_policy,
        policy_version=decision.policy_version,
        policies=tuple(
            PolicyUsed(
                placement=draw.placement,
                policy=draw.policy,
                policy_version=draw.policy_version,
                words=policy_words(draw),
            )
            for draw in decision.draws
        ),
        generation_id=decision.generation_id,
        products=explainer.products(explained_products(record)),
        categories=explainer.categories([category.category_id for category in scores.categories]),
        bundles=tuple(
            explain_bundle(bundle, counts) for bundle in record.profile.bundled_discount_suggestions
        ),
        asked=decision.asked,
        asked_for=None if decision.asked is None else asked_words(decision, decision.asked),
    )


class Explainer:
    def __init__(self, decision: Decision, names: Names) -> None:
        self._decision = decision
        self._names = names
        self._clauses = Clauses(decision, names.categories)
        asked = decision.asked
        self._asked = "" if asked is None else asked_words(decision, asked)

    def products(self, product_ids: Sequence[ProductId]) -> tuple[Explained, ...]:
        actions = self._decision.actions
        ranked = {action.product_id: (rank, action) for rank, action in enumerate(actions, 1)}
        slots = {slot.product_id: slot for slot in self._decision.slate}
        return tuple(
            self._explain(action, self._names.product(action), rank, slots.get(action.product_id))
            for rank, action in (ranked[product] for product in product_ids if product in ranked)
        )

    def categories(self, category_ids: Sequence[CategoryId]) -> tuple[Explained, ...]:
        scored = self._decision.categories
        ranked = {category.category_id: (rank, category) for rank, category in enumerate(scored, 1)}
        return tuple(
            self._explain(category, self._names.category(category.category_id), rank, None)
            for rank, category in (ranked[key] for key in category_ids if key in ranked)
        )

    def _explain(
        self, scored: Action | CategoryScore, subject: Subject, rank: int, slot: Slot | None
    ) -> Explained:
        clauses = shorten(self._clauses.of(scored, subject))
        shown = self._slot_of(slot) if slot else None
        parts = (part for clause in clauses for part in clause.contributions)
        said = sentence_of(clauses)
        if shown and (shown.explored or shown.pinned):
            said = f"{said}; {shown.words}"
        return Explained(
            subject=scored.product_id if isinstance(scored, Action) else scored.category_id,
            title=subject.title,
            rank=rank,
            score=scored.score,
            sum_of_contributions=sum(part.amount for part in parts),
            sentence=said,
            clauses=clauses,
            sources=scored.sources if isinstance(scored, Action) else (),
            shown=shown,
        )

    def _slot_of(self, slot: Slot) -> Shown:
        return Shown(
            placement=slot.placement,
            slot=slot.position,
            propensity=slot.propensity,
            explored=slot.explored,
            pinned=slot.pinned,
            words="; ".join(filter(None, [slot_words(self._decision, slot), self._asked])),
        )
