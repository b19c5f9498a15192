"""The blend, computed: sparse relevances and strengths in, scores out.

See `personalization.domain.blend` for the formula. Products and categories go through the same
code, and so do scores and the contributions that explain them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from personalization.domain.blend import live_weight
from personalization.domain.decision import Evidence, Frame, Ingredients, PriorTerm
from personalization.domain.tuning import Tuning

Sparse = tuple[tuple[int, float], ...]


class Draft(NamedTuple):
    """What is known of one action before the policy has spoken."""

    relevances: Sparse
    strengths: Sparse


@dataclass(frozen=True, slots=True)
class Blend:
    """One set of drafts with the parts of the formula that they share."""

    drafts: Sequence[Draft]
    live: Sequence[float]
    """Each draft's sum of reward * freshness * decay^age * relevance."""
    prior_shares: Sequence[float]
    """Each draft's prior(a), in 0..1."""
    priors: tuple[PriorTerm, ...]
    live_weight: float
    decay: float

    @classmethod
    def of(
        cls,
        evidence: Sequence[Evidence],
        weights: Mapping[str, float],
        drafts: Sequence[Draft],
        tuning: Tuning,
    ) -> "Blend":
        """Return the blend of some drafts; `weights` are the priors' u in the drafts' order."""
        totals = dict.fromkeys(range(len(weights)), 0.0)
        for draft in drafts:
            for index, strength in draft.strengths:
                totals[index] += strength
        priors = tuple(
            PriorTerm(name=name, weight=weight, total=totals[index] or 1.0)
            for index, (name, weight) in enumerate(weights.items())
        )
        decayed = [
            interaction.reward * interaction.freshness * tuning.decay**interaction.age
            for interaction in evidence
        ]
        units = [prior.weight / prior.total for prior in priors]
        return cls(
            drafts=drafts,
            live=[_weighted(decayed, draft.relevances) for draft in drafts],
            prior_shares=[_weighted(units, draft.strengths) for draft in drafts],
            priors=priors,
            live_weight=live_weight(
                sum(interaction.freshness for interaction in evidence), tuning.evidence_halfway
            ),
            decay=tuning.decay,
        )

    def live_shares(self) -> list[float]:
        """Return each draft's live share under a uniform policy; a disliked one is below 0."""
        total = _mass(self.live)
        return [number / total for number in self.live]

    def score(self, probabilities: Sequence[float]) -> tuple[Frame, list[Ingredients], list[float]]:
        """Return what the scores share, what each was made of, and the scores."""
        live = self.live
        least = min((p for p in probabilities if p > 0), default=1.0)
        normaliser = least * _mass(live)
        shares = [number * p / normaliser for number, p in zip(live, probabilities, strict=True)]
        caps = [min(1.0, 1.0 / abs(share)) if share else 1.0 for share in shares]
        weight = self.live_weight
        blended = [
            weight * share * cap + (1 - weight) * prior
            for share, cap, prior in zip(shares, caps, self.prior_shares, strict=True)
        ]
        best = max(blended, default=0.0)
        scale = best if best > 0 else 1.0
        ingredients = [
            Ingredients(p, cap, draft.relevances, draft.strengths)
            for draft, p, cap in zip(self.drafts, probabilities, caps, strict=True)
        ]
        frame = Frame(priors=self.priors, normaliser=normaliser, scale=scale, decay=self.decay)
        return frame, ingredients, [number / scale for number in blended]


def _weighted(weights: Sequence[float], sparse: Sparse) -> float:
    total = 0.0
    for index, number in sparse:
        total += weights[index] * number
    return total


def _mass(live: Sequence[float]) -> float:
    """Return what live sums are shares of: the liking, which dislikes do not dilute."""
    return sum(number for number in live if number > 0) or sum(map(abs, live)) or 1.0


def event_amount(
    weight: float, frame: Frame, evidence: Evidence, made_of: Ingredients, relevance: float
) -> float:
    """Return the summand of a score that one piece of evidence gave, w being `weight`."""
    decayed = evidence.reward * evidence.freshness * frame.decay**evidence.age
    live = decayed * made_of.probability * relevance
    return weight * live * made_of.cap / (frame.normaliser * frame.scale)


def prior_amount(weight: float, frame: Frame, prior: PriorTerm, strength: float) -> float:
    """Return the summand of a score that one prior gave, w being `weight`."""
    return (1 - weight) * prior.weight * strength / (prior.total * frame.scale)
