"""Clauses: the summands of a score in groups, each with the words that a person would use.

The groups are a partition of the summands, so that the clauses add up to the score as they do.
Everything that says why, on a card, in a dialog, in a table or over the API, says it by these.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import floor, log10

from personalization.domain.decision import Action, CategoryScore, Decision, Frame, Ingredients
from personalization.domain.identifiers import CategoryId
from personalization.domain.prior import PriorName
from personalization.explanations.contributions import Contribution, contributions
from personalization.explanations.interactions import Interactions
from personalization.merchandising.in_force import RULE_PREFIX
from personalization.ranking.blend import event_amount, prior_amount
from personalization.ranking.boosts import NEW, RATED, VIEWED
from personalization.ranking.diversity import DIVERSITY
from personalization.ranking.signals.registry import SIGNALS

NOTHING_KNOWN = "To try something new"
"""The reason of a product or category that nothing speaks for."""
NAMED = 5
"""More than five reasons nobody reads."""
REST = "Everything else"
_DECIMALS = (2, 6)
"""Fewest and most that are printed; more than two where all amounts are small."""
ADJUSTMENT_WORDS: Mapping[str, str] = {
    NEW: "New in the shop",
    RATED: "Well rated",
    VIEWED: "Much viewed these days",
    DIVERSITY: "Similar ones are already shown",
}
PRIOR_WORDS: Mapping[PriorName, str] = {
    PriorName.POPULARITY: "Popular in the shop",
    PriorName.POPULARITY_CATEGORY: "Popular in {place}, which you looked at",
    PriorName.POPULARITY_REGION: "Popular in your region ({region})",
    PriorName.POPULARITY_SEASON: "Popular in {scope}",
    PriorName.RATING: "Well rated by other shoppers",
}
_WITH_STARS = "Rated {rating:.1f} by other shoppers"
_UNIT = Ingredients(probability=1.0, cap=1.0)
_Key = int | str
"""A group: interactions by number, a prior by its index's complement, adjustments by words."""
NO_NAMES: Mapping[CategoryId, str] = {}
"""Names of categories are for evidence that was kept without them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """Words for some summands of a score, and what they add up to."""

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
        self._decision = decision
        self._interactions = Interactions(decision.evidence, category_names)
        self._product_units = _Units(decision, decision.frame)
        self._category_units = _Units(decision, decision.category_frame)
        self._said: dict[tuple[int, ...], str] = {}
        """Words of interactions by their indexes: those of a profile's products are much alike."""

    def of(self, scored: Action | CategoryScore, subject: Subject) -> tuple[Clause, ...]:
        units = self._units_of(scored)
        sums = self._sums(scored, units)
        members: defaultdict[_Key, list[Contribution]] = defaultdict(list)
        parts = contributions(self._decision, scored)
        for key, part in zip(self._keys(scored), parts, strict=True):
            members[key].append(part)
        return tuple(
            Clause(
                words=self._words(key, scored, units, subject),
                amount=amount,
                contributions=_largest_first(members[key]),
            )
            for key, amount in sorted(sums.items(), key=lambda item: -abs(item[1]))
        )

    def reason(self, scored: Action | CategoryScore, subject: Subject) -> str:
        units = self._units_of(scored)
        strongest: _Key | None = None
        most = 0.0
        for key, amount in self._sums(scored, units).items():
            if amount > most:
                strongest, most = key, amount
        if strongest is None:
            return NOTHING_KNOWN
        return self._words(strongest, scored, units, subject)

    def _sums(self, scored: Action | CategoryScore, units: "_Units") -> dict[_Key, float]:
        """Return each group's amount; a profile needs this of all it shows, and nothing else."""
        made_of = scored.ingredients
        groups, events = self._interactions.groups, units.events
        share = made_of.probability * made_of.cap
        sums: defaultdict[_Key, float] = defaultdict(float)
        for index, relevance in made_of.relevances:
            sums[groups[index]] += events[index] * relevance * share
        for index, strength in made_of.strengths:
            sums[~index] = units.priors[index] * strength
        for index, amount in made_of.adjustments:
            words = adjustment_words(units.frame.adjustments[index], amount)
            sums[words] += amount
        return sums

    def _keys(self, scored: Action | CategoryScore) -> list[_Key]:
        made_of, names = scored.ingredients, self._units_of(scored).frame.adjustments
        return [
            *(self._interactions.groups[index] for index, _ in made_of.relevances),
            *(~index for index, _ in made_of.strengths),
            *(adjustment_words(names[index], amount) for index, amount in made_of.adjustments),
        ]

    def _words(
        self, key: _Key, scored: Action | CategoryScore, units: "_Units", subject: Subject
    ) -> str:
        if isinstance(key, str):
            return key
        if key < 0:
            prior = units.frame.priors[~key]
            return prior_words(prior.name, subject.place, subject.rating)
        groups, relevances = self._interactions.groups, scored.ingredients.relevances
        members = tuple([index for index, _ in relevances if groups[index] == key])
        if members not in self._said:
            self._said[members] = self._interactions.words(members)
        return self._said[members]

    def _units_of(self, scored: Action | CategoryScore) -> "_Units":
        return self._product_units if isinstance(scored, Action) else self._category_units


class _Units:
    """What a relevance or strength of 1 gives to a score of a frame: amounts are linear in both."""

    def __init__(self, decision: Decision, frame: Frame) -> None:
        weight = decision.live_weight
        self.frame = frame
        evidence = decision.evidence
        self.events = [event_amount(weight, frame, event, _UNIT, 1.0) for event in evidence]
        self.priors = [prior_amount(weight, frame, prior, 1.0) for prior in frame.priors]


def _largest_first(parts: Sequence[Contribution]) -> tuple[Contribution, ...]:
    return tuple(sorted(parts, key=lambda part: -abs(part.amount)))


@lru_cache(maxsize=10_000)
def prior_words(name: str, place: str, rating: float | None = None) -> str:
    """Raise `ValueError` for an unknown prior; `name` has the scope, `place` is its category."""
    if name in SIGNALS:
        return SIGNALS[name].words
    text, _, scope = name.partition(":")
    prior = PriorName(text)
    if prior is PriorName.RATING and rating is not None:
        return _WITH_STARS.format(rating=rating)
    return PRIOR_WORDS[prior].format(place=place, scope=scope, region=scope.upper())


def adjustment_words(name: str, amount: float) -> str:
    if name.startswith(RULE_PREFIX):
        return "Promoted by the shop" if amount >= 0 else "Put back by the shop"
    return ADJUSTMENT_WORDS[name]


def decimals_of(clauses: Sequence[Clause]) -> int:
    largest = max((abs(clause.amount) for clause in clauses), default=0.0)
    fewest, most = _DECIMALS
    return min(most, max(fewest, 1 - floor(log10(largest)))) if largest > 0 else fewest


def shorten(clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    """Return the clauses, largest first, with those that say little as one at the end.

    They add up to what they did. Little is what would be printed as nothing.
    """
    least = 0.5 * 10.0 ** -decimals_of(clauses)
    large = [clause for clause in clauses[1:NAMED] if abs(clause.amount) > least]
    named = [*clauses[:1], *large]
    rest = clauses[len(named) :]
    if not rest:
        return tuple(named)
    parts = [part for clause in rest for part in clause.contributions]
    amount = sum(clause.amount for clause in rest)
    return (*named, Clause(words=REST, amount=amount, contributions=_largest_first(parts)))


def sentence_of(clauses: Sequence[Clause]) -> str:
    decimals = decimals_of(clauses)
    large = [clause for clause in clauses[1:] if round(clause.amount, decimals)]
    said = [f"{clause.words}: {clause.amount:+.{decimals}f}" for clause in (*clauses[:1], *large)]
    return "; ".join(said) or "Nothing is known yet"
