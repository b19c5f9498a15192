"""Clauses: the summands of a score in groups, each with the words that a person would use.

The groups are a partition of the summands, so that the clauses add up to the score as they do.
Everything that says why, on a card, in a dialog, in a table or over the API, says it by these.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import floor, log10

from personalization.domain.action_table import pick_actions
from personalization.domain.asked import Asked, Strategy, TermName
from personalization.domain.decision import Action, CategoryScore, Decision, Frame, Ingredients
from personalization.domain.identifiers import CategoryId
from personalization.domain.prior import PriorName
from personalization.domain.tastes import TasteTerm
from personalization.explanations.contributions import Contribution, contributions
from personalization.explanations.interactions import Interactions
from personalization.explanations.strongest import (
    Amounts,
    GroupKey,
    Strongest,
    strongest_in_columns,
    strongest_in_pairs,
)
from personalization.merchandising.in_force import RULE_PREFIX
from personalization.ranking.boosts import NEW, RATED, VIEWED
from personalization.ranking.breadth import BREADTH
from personalization.ranking.diversity import DIVERSITY
from personalization.ranking.fatigue import FATIGUE
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
    BREADTH: "Others of its kind stand before it",
    FATIGUE: "Shown several times and left alone",
}
PRIOR_WORDS: Mapping[PriorName, str] = {
    PriorName.POPULARITY: "Popular in the shop",
    PriorName.POPULARITY_CATEGORY: "Popular in {place}, which you looked at",
    PriorName.POPULARITY_REGION: "Popular in your region ({region})",
    PriorName.POPULARITY_SEASON: "Popular in {scope}",
    PriorName.RATING: "Well rated by other shoppers",
}
TASTE_WORDS: Mapping[TasteTerm, str] = {
    TasteTerm.PRODUCTS: "You come back to it",
    TasteTerm.CATEGORIES: "You often choose from {place}",
    TasteTerm.BRANDS: "A brand that you like",
    TasteTerm.SIZES: "In your size",
    TasteTerm.PRICE: "In your price range",
}
_TASTE_TERMS = frozenset(TasteTerm)
LIST_WORDS: Mapping[Strategy, str] = {
    Strategy.PERSONAL: "Chosen for this visit",
    Strategy.SIMILAR: "Similar to {about}",
    Strategy.COMPLEMENTARY: "Goes well with {about}",
    Strategy.BOUGHT_TOGETHER: "Bought together with {about}",
    Strategy.BUNDLES: "In a bundle with {about}",
    Strategy.TRENDING: "Trending in the shop",
    Strategy.POPULAR: "Among the most popular",
    Strategy.NEW: "New in the shop",
    Strategy.RECENTLY_VIEWED: "You viewed it lately",
    Strategy.BUY_AGAIN: "You bought it before",
    Strategy.CATEGORY: "Among the best of {place}",
}
"""What the list of a row's strategy says of its products."""
TERM_WORDS: Mapping[TermName, str] = {
    TermName.CATALOGUE: "More from {place}",
    TermName.SHOP_SCORE: "Ranked high by the shop",
    TermName.SEARCH_WORDS: "Matches what you searched for",
}
"""Of the terms that a row's or list's score has beside the priors; the list's own are above."""
IT, CART = "it", "your cart"
_WITH_STARS = "Rated {rating:.1f} by other shoppers"
_TERMS = frozenset(TERM_WORDS)
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
        is_product = isinstance(scored, Action)
        units = self._product_units if is_product else self._category_units
        made_of = scored.ingredients
        [sums] = self._sums(units, [made_of])
        members: defaultdict[GroupKey, list[Contribution]] = defaultdict(list)
        parts = contributions(self._decision, scored)
        for key, part in zip(self._keys(units, made_of), parts, strict=True):
            members[key].append(part)
        return tuple(
            Clause(
                words=self._words(units, key, made_of, subject),
                amount=amount,
                contributions=_largest_first(members[key]),
            )
            for key, amount in sorted(sums.items(), key=lambda item: -abs(item[1]))
        )

    def product_reasons(
        self, numbers: Sequence[int], places: Sequence[str], ratings: Sequence[float | None]
    ) -> list[str]:
        """Return the words of the largest of each product's clauses that speak for it.

        They are given by their places among the actions, with the names of their categories and
        with their stars.
        """
        units, actions = self._product_units, self._decision.actions
        amounts = Amounts(self._interactions.groups, units.events, units.priors)
        # Adjustments have no columns.
        strongest = None if units.adjusted else strongest_in_columns(actions, numbers, amounts)
        if strongest is None:
            made_of = [action.ingredients for action in pick_actions(actions, numbers)]
            strongest = self._strongest(units, made_of)
        return self._reasons(units, strongest, places, ratings)

    def category_reasons(
        self, categories: Sequence[CategoryScore], names: Sequence[str]
    ) -> list[str]:
        units = self._category_units
        strongest = self._strongest(units, [category.ingredients for category in categories])
        return self._reasons(units, strongest, names, [None] * len(names))

    def _strongest(self, units: "_Units", scores: Sequence[Ingredients]) -> list[Strongest]:
        return strongest_in_pairs(scores, self._sums(units, scores), self._interactions.groups)

    def _reasons(
        self,
        units: "_Units",
        strongest: Sequence[Strongest],
        places: Sequence[str],
        ratings: Sequence[float | None],
    ) -> list[str]:
        said, reasons = self._said, list[str]()
        for (key, members), place, rating in zip(strongest, places, ratings, strict=True):
            if members:
                if members not in said:
                    said[members] = self._interactions.words(members)
                reasons += (said[members],)
                continue
            about = key, place, rating
            if about not in units.said:
                units.said[about] = units.words(*about)
            reasons += (units.said[about],)
        return reasons

    def _sums(self, units: "_Units", scores: Sequence[Ingredients]) -> list[dict[GroupKey, float]]:
        """Return the amount of each group of each score."""
        groups, events, priors = self._interactions.groups, units.events, units.priors
        found: list[dict[GroupKey, float]] = []
        for made_of in scores:
            sums: defaultdict[GroupKey, float] = defaultdict(float)
            share = made_of.probability * made_of.cap
            for index, relevance in made_of.relevances:
                sums[groups[index]] += events[index] * relevance * share
            for index, strength in made_of.strengths:
                sums[~index] = priors[index] * strength
            for index, amount in made_of.adjustments:
                sums[(units.raising if amount >= 0 else units.lowering)[index]] += amount
            found += (sums,)
        return found

    def _keys(self, units: "_Units", made_of: Ingredients) -> list[GroupKey]:
        return [
            *(self._interactions.groups[index] for index, _ in made_of.relevances),
            *(~index for index, _ in made_of.strengths),
            *(
                (units.raising if amount >= 0 else units.lowering)[index]
                for index, amount in made_of.adjustments
            ),
        ]

    def _words(self, units: "_Units", key: GroupKey, made_of: Ingredients, subject: Subject) -> str:
        if key < 0 or key in units.adjusted:
            return units.words(key, subject.place, subject.rating)
        groups = self._interactions.groups
        members = [index for index, _ in made_of.relevances if groups[index] == key]
        return self._interactions.words(members)


class _Units:
    """What a relevance or strength of 1 gives to a score of a frame: amounts are linear in both.

    These are `event_amount` and `prior_amount` of the blend for a probability and cap of 1.
    """

    def __init__(self, decision: Decision, frame: Frame) -> None:
        weight, evidence, scale = decision.live_weight, decision.evidence, frame.scale
        divisor, decay = frame.normaliser * scale, frame.decay
        self.events = [
            weight * (piece.reward * piece.freshness * decay**piece.age) / divisor
            for piece in evidence
        ]
        self.priors = [(1 - weight) * term.weight / (term.total * scale) for term in frame.priors]
        self.names = [term.name for term in frame.priors]
        self.adjusted: dict[GroupKey, str] = {}
        """The words of adjustments: what is said alike is one group."""
        self.raising: list[GroupKey] = []
        """The group of each adjustment where it adds to a score."""
        self.lowering: list[GroupKey] = []
        if frame.adjustments:
            self._number_adjustments(frame, len(evidence))
        self.said: dict[tuple[GroupKey | None, str, float | None], str] = {}
        self.about = IT if decision.asked is None else about_of(decision.asked)

    def words(self, key: GroupKey | None, place: str, rating: float | None) -> str:
        """Return the words of a prior or adjustment, or of nothing at all."""
        if key is None:
            return NOTHING_KNOWN
        if key >= 0:
            return self.adjusted[key]
        return prior_words(self.names[~key], place, rating, self.about)

    def _number_adjustments(self, frame: Frame, first: GroupKey) -> None:
        keys: dict[str, GroupKey] = {}
        for name in frame.adjustments:
            for amount, of in ((1.0, self.raising), (-1.0, self.lowering)):
                of.append(keys.setdefault(adjustment_words(name, amount), first + len(keys)))
        self.adjusted = {key: words for words, key in keys.items()}


def _largest_first(parts: Sequence[Contribution]) -> tuple[Contribution, ...]:
    return tuple(sorted(parts, key=lambda part: -abs(part.amount)))


def about_of(asked: Asked) -> str:
    """Return what a sentence calls the product or the cart that a row is about."""
    return CART if len(asked.anchors) > 1 else asked.anchor_title or IT


@lru_cache(maxsize=10_000)
def prior_words(name: str, place: str, rating: float | None = None, about: str = IT) -> str:
    """Raise `ValueError` for an unknown prior; `name` has the scope, `place` is its category.

    `about` is what a sentence calls the product or cart that a row is about.
    """
    if name in SIGNALS:
        return SIGNALS[name].words
    if name in _TASTE_TERMS:
        return TASTE_WORDS[TasteTerm(name)].format(place=place)
    text, _, scope = name.partition(":")
    if text == TermName.LIST:
        return LIST_WORDS[Strategy(scope)].format(place=place, about=about)
    if name in _TERMS:
        return TERM_WORDS[TermName(name)].format(place=place)
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
