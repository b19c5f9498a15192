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
from itertools import repeat

from personalization.domain.decision import Evidence, Frame, Ingredients, PriorTerm
from personalization.domain.tuning import Tuning
from personalization.value_classes import make_all

Sparse = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Drafts:
    """What is known of actions before the policy has spoken, an entry for each action."""

    relevances: Sequence[Sparse]
    strengths: Sequence[Sparse]
    columns: Sequence[Sequence[float]]
    """The strengths once more, for each weight those of all actions, with zeros."""


def freshness(elapsed_seconds: float, halflife_seconds: float) -> float:
    """Return what time has left of an interaction's weight, in 0..1; a half-life of 0 is none.

    An event in the future (a wrong clock) is as fresh as one of now.
    """
    if not halflife_seconds:
        return 1.0
    return float(0.5 ** (max(0.0, elapsed_seconds) / halflife_seconds))


def live_weight(evidence_amount: float, halfway: float) -> float:
    """Return w for an evidence amount n >= 0, k being `halfway`."""
    return evidence_amount / (evidence_amount + halfway) if evidence_amount else 0.0


def evidence_amount(evidence: Sequence[Evidence]) -> float:
    """Return n."""
    return sum([piece.amount for piece in evidence], 0.0)


def present_weights(weights: Mapping[str, float], present: Collection[str]) -> dict[str, float]:
    total = sum([weights[name] for name in weights if name in present])
    return {name: weight / total for name, weight in weights.items() if name in present}


@dataclass(frozen=True, slots=True)
class Blend:
    """One set of drafts with the parts of the formula that they share."""

    drafts: Drafts
    live: Sequence[float]
    """L(a) of each draft."""
    prior_shares: Sequence[float]
    """prior(a) of each draft without the signals, in 0..1."""
    signal_shares: Sequence[float]
    """The rest of prior(a)."""
    signal_weight: float
    """Sum of the u of the signals."""
    priors: tuple[PriorTerm, ...]
    live_weight: float
    decay: float

    @classmethod
    def of(
        cls,
        evidence: Sequence[Evidence],
        weights: Mapping[str, float],
        drafts: Drafts,
        tuning: Tuning,
        signals: int = 0,
    ) -> "Blend":
        """So many of the weights, the last ones, are of signals and not of priors."""
        named = zip(weights.items(), drafts.columns, strict=True)
        priors = tuple(
            [
                PriorTerm(name=name, weight=weight, total=sum(column, 0.0) or 1.0)
                for (name, weight), column in named
            ]
        )
        decayed = [event.reward * event.freshness * tuning.decay**event.age for event in evidence]
        units = [prior.weight / prior.total for prior in priors]
        first, count = len(units) - signals, len(drafts.relevances)
        return cls(
            drafts=drafts,
            live=_weighted_sums(decayed, drafts.relevances),
            prior_shares=_weighted_columns(units[:first], drafts.columns[:first], count),
            signal_shares=_weighted_columns(units[first:], drafts.columns[first:], count),
            signal_weight=sum([prior.weight for prior in priors[first:]]),
            priors=priors,
            live_weight=live_weight(evidence_amount(evidence), tuning.evidence_halfway),
            decay=tuning.decay,
        )

    def live_shares(self) -> list[float]:
        """Return each draft's live share under a uniform policy; a disliked one is below 0."""
        total = _mass(self.live)
        return [number / total for number in self.live]

    def evidence_shares(self) -> list[float]:
        """Return what live part and signals make together of each draft, in 0..1."""
        shares = [share if share > 0 else 0.0 for share in self.live_shares()]
        if not self.signal_weight:
            return shares
        ratio = (1 - self.live_weight) / self.live_weight
        both = zip(shares, self.signal_shares, strict=True)
        total = 1 + ratio * self.signal_weight
        return [(share + ratio * signal) / total for share, signal in both]

    def score(self, probabilities: Sequence[float]) -> tuple[Frame, list[Ingredients], list[float]]:
        live, drafts = self.live, self.drafts
        least = min([p for p in probabilities if p > 0], default=1.0)
        normaliser = least * _mass(live)
        shares = [number * p / normaliser for number, p in zip(live, probabilities, strict=True)]
        caps = [1.0 if -1.0 <= share <= 1.0 else 1.0 / abs(share) for share in shares]
        weight = self.live_weight
        blended = [
            weight * share * cap + (1 - weight) * (prior + signal)
            for share, cap, prior, signal in zip(
                shares, caps, self.prior_shares, self.signal_shares, strict=True
            )
        ]
        best = max(blended, default=0.0)
        scale = best if best > 0 else 1.0
        parts = zip(
            probabilities, caps, drafts.relevances, drafts.strengths, repeat(()), strict=False
        )
        frame = Frame(priors=self.priors, normaliser=normaliser, scale=scale, decay=self.decay)
        return frame, make_all(Ingredients, parts), [number / scale for number in blended]


def _weighted_sums(weights: Sequence[float], rows: Sequence[Sparse]) -> list[float]:
    sums = [0.0] * len(rows)
    for place, row in enumerate(rows):
        total = 0.0
        for index, number in row:
            total += weights[index] * number
        sums[place] = total
    return sums


def _weighted_columns(
    weights: Sequence[float], columns: Sequence[Sequence[float]], count: int
) -> list[float]:
    """Return the same of columns, which is quicker where few are zero."""
    sums = [0.0] * count
    for weight, column in zip(weights, columns, strict=True):
        sums = [total + weight * number for total, number in zip(sums, column, strict=True)]
    return sums


def _mass(live: Sequence[float]) -> float:
    return sum([number for number in live if number > 0]) or sum(map(abs, live)) or 1.0


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
