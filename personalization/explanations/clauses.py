"""Clauses: the summands of a score in groups, each with the words that a person would use.

The groups are a partition of the summands, so that the clauses add up to the score as they do.
Everything that says why, on a card, in a dialog, in a table or over the API, says it by these.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from personalization.domain.decision import Action, CategoryScore, Decision, Frame, Ingredients
from personalization.domain.identifiers import CategoryId
from personalization.explanations.contributions import Contribution, contributions
from personalization.explanations.interactions import Deeds
from personalization.explanations.reasons import NOTHING_KNOWN, adjustment_words, prior_words
from personalization.ranking.blend import event_amount, prior_amount

_UNIT = Ingredients(probability=1.0, cap=1.0)
_Key = int | str
"""A group: deeds by their number, a prior by its index's complement, adjustments by words."""
NO_NAMES: Mapping[CategoryId, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What a person is told of some summands of a score, and what they add up to."""

    words: str
    amount: float
    contributions: tuple[Contribution, ...]
    """Largest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a sentence calls a product or category, and the category that it stands in."""

    title: str
    place: str
    rating: float | None = None
    """Stars of a product that was rated."""


class Clauses:
    """Puts the scores of one decision into clauses; what they share is worked out once."""

    def __init__(
        self, decision: Decision, category_names: Mapping[CategoryId, str] = NO_NAMES
    ) -> None:
        """Prepare a decision; the names are for evidence that was kept without them."""
        self._decision = decision
        self._deeds = Deeds(decision.evidence, category_names)
        self._product_units = _Units(decision, decision.frame)
        self._category_units = _Units(decision, decision.category_frame)

    def of(self, scored: Action | CategoryScore, subject: Subject) -> tuple[Clause, ...]:
        """Return all clauses of a score, the largest first."""
        sums = self._sums(scored)
        members: defaultdict[_Key, list[Contribution]] = defaultdict(list)
        for key, part in zip(
            self._keys(scored), contributions(self._decision, scored), strict=True
        ):
            members[key].append(part)
        return tuple(
            Clause(
                words=self._words(key, scored, subject),
                amount=amount,
                contributions=tuple(
                    sorted(members[key], key=lambda contribution: -abs(contribution.amount))
                ),
            )
            for key, amount in sorted(sums.items(), key=lambda item: -abs(item[1]))
        )

    def reason(self, scored: Action | CategoryScore, subject: Subject) -> str:
        """Return the words of the strongest clause, that of the largest amount above 0."""
        sums = self._sums(scored)
        strongest = max(sums, key=lambda key: sums[key], default=None)
        if strongest is None or sums[strongest] <= 0:
            return NOTHING_KNOWN
        return self._words(strongest, scored, subject)

    def _sums(self, scored: Action | CategoryScore) -> dict[_Key, float]:
        """Return each group's amount; a profile needs this of all it shows, and nothing else."""
        units, made_of = self._units_of(scored), scored.ingredients
        groups, events, share = self._deeds.groups, units.events, made_of.probability * made_of.cap
        sums: dict[_Key, float] = {}
        for index, relevance in made_of.relevances:
            group = groups[index]
            sums[group] = sums.get(group, 0.0) + events[index] * relevance * share
        for index, strength in made_of.strengths:
            sums[~index] = units.priors[index] * strength
        for index, amount in made_of.adjustments:
            words = adjustment_words(units.frame.adjustments[index], amount)
            sums[words] = sums.get(words, 0.0) + amount
        return sums

    def _keys(self, scored: Action | CategoryScore) -> list[_Key]:
        """Return the group of each of the score's contributions."""
        made_of, names = scored.ingredients, self._units_of(scored).frame.adjustments
        return [
            *(self._deeds.groups[index] for index, _ in made_of.relevances),
            *(~index for index, _ in made_of.strengths),
            *(adjustment_words(names[index], amount) for index, amount in made_of.adjustments),
        ]

    def _words(self, key: _Key, scored: Action | CategoryScore, subject: Subject) -> str:
        if isinstance(key, str):
            return key
        if key < 0:
            prior = self._units_of(scored).frame.priors[~key]
            return prior_words(prior.name, subject.place, subject.rating)
        groups = self._deeds.groups
        return self._deeds.words(
            [index for index, _ in scored.ingredients.relevances if groups[index] == key]
        )

    def _units_of(self, scored: Action | CategoryScore) -> "_Units":
        return self._product_units if isinstance(scored, Action) else self._category_units


class _Units:
    """What a relevance or strength of 1 gives to a score of a frame: amounts are linear in both."""

    def __init__(self, decision: Decision, frame: Frame) -> None:
        weight = decision.live_weight
        self.frame = frame
        self.events = [
            event_amount(weight, frame, interaction, _UNIT, 1.0)
            for interaction in decision.evidence
        ]
        self.priors = [prior_amount(weight, frame, prior, 1.0) for prior in frame.priors]
