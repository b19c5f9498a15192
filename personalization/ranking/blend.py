"""The blend: how live evidence and nightly priors make one score.

Over an action set, with evidence i = 0 (newest), 1, 2, ... and priors j:

    L(a)     = sum_i reward_i * f_i * p(a) * decay^i * relevance_i(a)
    live(a)  = min(1, L(a) / Z),  Z = min(p) * sum_b max(0, L(b)) / p(b)
    prior(a) = sum_j u_j * strength_j(a) / total_j,  total_j = sum_b strength_j(b)
    score(a) = (w * live(a) + (1 - w) * prior(a)) / M,  w = n / (n + k),  n = sum_i f_i v_i

Where the generation has a session index, neighbours and return table are two more j, whose u is
their weight against the live part times w / (1 - w) = n / k: they weigh with the evidence, and the
u of the priors still add up to 1. Scores have no scale of their own, so nothing else changes.

The freshness f_i is 2^(-seconds since / half-life), or 1 where no half-life is set. v_i is 1 for
an interaction, and its reward for a dwell or hover: without a half-life and those, n is the number
of interactions. M is the largest blend of the set, so that the best action has score 1;
only what the shopper disliked is below 0. Live and prior parts are both shares of the action set,
hence comparable. Dividing by Z rather than by sum(L) keeps the shares of all other actions when the
policy favours one: an epsilon-greedy favourite has a probability hundreds of times the others',
and would otherwise take all live mass with it. Each part is a summand: they add up to the score.

Products and categories go through the same code, and so do scores and the contributions that
explain them. The numbers were chosen on the first months of a clothing shop's clickstream and
measured on the last (docs/performance.md).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from personalization.domain.action_table import Floats
from personalization.domain.decision import Evidence, Frame, Ingredients, PriorTerm
from personalization.domain.tuning import EVERY_BIT, Tuning

_LEAST_FRESH = 2.0**-960
"""What is less is nothing: times a relevance and a chance, it ends below the least of numbers, and
scores would be divided by 0."""


@dataclass(frozen=True, slots=True)
class Drafts:
    """What is known of actions before the policy has spoken, a column for each action."""

    relevances: Floats
    """(pieces of evidence, actions), 0 where one says nothing of the other."""
    strengths: Floats
    """(priors and signals, actions), likewise."""

    def round_to(self, mantissa_bits: int) -> "Drafts":
        """Return them with so many bits after the leading one, the last one rounded."""
        if mantissa_bits >= EVERY_BIT:
            return self
        relevances, strengths = self.relevances, self.strengths
        return Drafts(round_to(relevances, mantissa_bits), round_to(strengths, mantissa_bits))


def freshness(elapsed_seconds: float, halflife_seconds: float) -> float:
    """Return what time has left of an interaction's weight, in 0..1; a half-life of 0 is none.

    An event in the future (a wrong clock) is as fresh as one of now.
    """
    if not halflife_seconds:
        return 1.0
    fresh = float(0.5 ** (max(0.0, elapsed_seconds) / halflife_seconds))
    return fresh if fresh > _LEAST_FRESH else 0.0


def live_weight(evidence_amount: float, halfway: float) -> float:
    """Return w for an evidence amount n >= 0, k being `halfway`."""
    return evidence_amount / (evidence_amount + halfway) if evidence_amount else 0.0


@dataclass(frozen=True, slots=True)
class WeighedEvidence:
    """What a session's evidence weighs, the same for products and for categories."""

    pieces: tuple[Evidence, ...]
    """Newest first."""
    amount: float
    """n: a fresh interaction adds 1, a look at something only its reward."""
    live_weight: float
    """w"""
    decayed: Sequence[float]
    """What each piece multiplies a probability and a relevance by."""
    decay: float

    @property
    def odds(self) -> float:
        """Return w / (1 - w); 0 where nothing but the evidence weighs."""
        weight = self.live_weight
        return weight / (1 - weight) if weight < 1 else 0.0

    @classmethod
    def of(cls, pieces: tuple[Evidence, ...], tuning: Tuning) -> "WeighedEvidence":
        amount = sum(
            [
                piece.freshness * piece.reward if piece.type.is_attention else piece.freshness
                for piece in pieces
            ],
            0.0,
        )
        decay = tuning.decay
        decayed = [piece.reward * piece.freshness * decay**piece.age for piece in pieces]
        return cls(pieces, amount, live_weight(amount, tuning.evidence_halfway), decayed, decay)


def present_weights(weights: Mapping[str, float], present: Collection[str]) -> dict[str, float]:
    total = sum([weights[name] for name in weights if name in present])
    return {name: weight / total for name, weight in weights.items() if name in present}


@dataclass(frozen=True, slots=True)
class Scored:
    """The actions' columns of numbers, in the order of the drafts."""

    frame: Frame
    probabilities: Floats
    caps: Floats
    scores: Floats


@dataclass(frozen=True, slots=True)
class Blend:
    """One set of drafts with the parts of the formula that they share."""

    drafts: Drafts
    evidence: WeighedEvidence
    live: Floats
    """L(a) of each draft."""
    mass: float
    """What they make together; Z but for the policy."""
    prior_shares: Floats
    """prior(a) of each draft without the signals, in 0..1."""
    signal_shares: Floats
    """The rest of prior(a)."""
    signal_weight: float
    """Sum of the u of the signals."""
    priors: tuple[PriorTerm, ...]

    @classmethod
    def of(
        cls,
        evidence: WeighedEvidence,
        weights: Mapping[str, float],
        drafts: Drafts,
        signals: int = 0,
    ) -> "Blend":
        """So many of the weights, the last ones, are of signals and not of priors."""
        strengths = drafts.strengths
        totals = [total or 1.0 for total in _totals(strengths)]
        named = zip(weights.items(), totals, strict=True)
        priors = tuple(
            [PriorTerm(name=name, weight=weight, total=total) for (name, weight), total in named]
        )
        units = [weight / total for weight, total in zip(weights.values(), totals, strict=True)]
        first = len(units) - signals
        live = _weighted_sums(evidence.decayed, drafts.relevances)
        return cls(
            drafts=drafts,
            evidence=evidence,
            live=live,
            mass=_mass(live),
            prior_shares=_weighted_sums(units[:first], strengths[:first]),
            signal_shares=_weighted_sums(units[first:], strengths[first:]),
            signal_weight=sum(list(weights.values())[first:]),
            priors=priors,
        )

    def evidence_shares(self) -> Floats:
        """Return what live part and signals make together of each draft, in 0..1."""
        shares = np.maximum(self.live / self.mass, 0.0)
        if not self.signal_weight:
            return shares
        ratio = (1 - self.evidence.live_weight) / self.evidence.live_weight
        total = 1 + ratio * self.signal_weight
        return (shares + ratio * self.signal_shares) / total

    def score(self, probabilities: Sequence[float] | Floats) -> Scored:
        live, chances = self.live, np.asarray(probabilities, float)
        likely = chances[chances > 0]
        least = float(likely.min()) if len(likely) else 1.0
        normaliser = least * self.mass
        shares = live * chances / normaliser
        # Exactly 1 where the share is within, the largest number of both elsewhere.
        caps = 1.0 / np.maximum(np.abs(shares), 1.0)
        weight, decay = self.evidence.live_weight, self.evidence.decay
        blended = weight * shares * caps + (1 - weight) * (self.prior_shares + self.signal_shares)
        best = float(blended.max(initial=0.0))
        scale = best if best > 0 else 1.0
        frame = Frame(priors=self.priors, normaliser=normaliser, scale=scale, decay=decay)
        return Scored(frame, chances, caps, blended / scale)


def round_to(numbers: Floats, mantissa_bits: int) -> Floats:
    """Return numbers with so many bits after the leading one; once more changes nothing."""
    if mantissa_bits >= EVERY_BIT:
        return numbers
    # A carry out of the mantissa makes the exponent one larger, which is the next number.
    dropped = EVERY_BIT - mantissa_bits
    bits = np.ascontiguousarray(numbers).view(np.int64)
    nearest: Floats = ((bits + (1 << dropped - 1)) & -(1 << dropped)).view(np.float64)
    return nearest


def _weighted_sums(weights: Sequence[float], rows: Floats) -> Floats:
    """Return the sum of each column, its rows weighted, added one after the other.

    `sum` of numpy adds in an order of its own; a replay needs the one that there has always been.
    """
    if not weights:
        return np.zeros(rows.shape[1])
    sums: Floats = np.add.accumulate(np.array(weights)[:, np.newaxis] * rows, axis=0)[-1]
    # A sum begins at 0.0, so that it is never -0.0.
    return sums + 0.0


def _totals(rows: Floats) -> list[float]:
    """Return the sum of each row, added from left to right."""
    if not rows.size:
        return [0.0] * len(rows)
    totals: list[float] = np.add.accumulate(rows, axis=1)[:, -1].tolist()
    return totals


def _mass(live: Floats) -> float:
    positive = live[live > 0]
    [mass] = _totals((positive if len(positive) else np.abs(live))[np.newaxis])
    return mass or 1.0


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
