from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from personalization.domain.decision import Action, Decision
from personalization.domain.draw import Draw
from personalization.domain.identifiers import ProductId
from personalization.learning.rounds import ShownImpression
from personalization.merchandising.current_rules import RuleIndex
from personalization.merchandising.in_force import RULE_PREFIX, RulesInForce
from personalization.merchandising.rule_book import RuleBook


class UnderRules:
    """Draws as the log drew, from the scores that the rules would have made of the logged ones.

    The logged rules' summands leave the scores and those of the book come in; what it hides
    gets probability 0, and what it pins the whole of its position. Products that the book would
    bring into an action set are not in the log, what stays is not blended again for what it hides,
    and diversity is not weighed again: an estimate, not a replay. Votes of an ensemble stay as
    they were cast.
    """

    def __init__(self, name: str, book: RuleBook, as_of: datetime) -> None:
        self.name = name
        self._index = RuleIndex(book)
        self._as_of = as_of

    def answers(self, shown: ShownImpression) -> bool:
        """Say whether the log can know: what is to be shown was among what remained."""
        pinned = self._pin_at(shown)
        if pinned is not None:
            return any(action.product_id == pinned for action in shown.remaining)
        return _draw_of(shown) is not None and bool(self._open(shown))

    def probabilities(self, shown: ShownImpression) -> Sequence[float]:
        """Return one probability per remaining action, of a position that it `answers`."""
        pinned = self._pin_at(shown)
        if pinned is not None:
            return [float(action.product_id == pinned) for action in shown.remaining]
        draw, places = _draw_of(shown), self._open(shown)
        if draw is None:
            raise ValueError("a decision without draws")
        scores = _scores(shown.decision, self._rules(shown))
        best_first = sorted(places, key=lambda place: -scores[shown.remaining[place].product_id])
        names = [shown.remaining[place].product_id for place in best_first]
        new_place = {name: index for index, name in enumerate(names)}
        renumbered = _renumber(draw, shown.decision, new_place)
        given = renumbered.probabilities([scores[name] for name in names], range(len(names)))
        by_place = dict(zip(best_first, given, strict=True))
        return [by_place.get(place, 0.0) for place in range(len(shown.remaining))]

    def _rules(self, shown: ShownImpression) -> RulesInForce:
        return self._index.at(self._as_of, shown.decision.context.region)

    def _pin_at(self, shown: ShownImpression) -> ProductId | None:
        rules = self._rules(shown)
        product = rules.pins.get((shown.slot.placement, shown.slot.position))
        return None if product is None or product in rules.hidden_products else product

    def _open(self, shown: ShownImpression) -> list[int]:
        rules, remaining = self._rules(shown), shown.remaining
        names = rules.barred.get(shown.slot.placement)
        barred = set(names.places_in(remaining)) if names else set()
        pinned = set(rules.pins.values())
        return [
            place
            for place, action in enumerate(remaining)
            if place not in barred and action.product_id not in pinned and not _hides(rules, action)
        ]


def _hides(rules: RulesInForce, action: Action) -> bool:
    products, categories = rules.hidden_products, rules.hidden_categories
    return action.product_id in products or action.category_id in categories


def _draw_of(shown: ShownImpression) -> Draw | None:
    placement = shown.slot.placement
    return next((draw for draw in shown.decision.draws if draw.placement == placement), None)


def _scores(decision: Decision, rules: RulesInForce) -> dict[ProductId, float]:
    """Return the scores of all actions under the rules, the best being 1.

    Boosts are in units of the best score before them, which follows from the log's summands:
    the best of what was blended was 1 before anything was added to it.
    """
    names = enumerate(decision.frame.adjustments)
    of_rules = {index for index, name in names if name.startswith(RULE_PREFIX)}
    blended = {
        action.product_id: action.score
        - sum(amount for _, amount in action.ingredients.adjustments)
        for action in decision.actions
    }
    shown = [action.product_id for action in decision.actions if not _hides(rules, action)]
    unit = max((blended[product] for product in shown), default=0.0)
    scores = {
        action.product_id: blended[action.product_id]
        + sum(amount for index, amount in action.ingredients.adjustments if index not in of_rules)
        for action in decision.actions
    }
    for adjustment in rules.adjustments(decision.actions):
        for product, amount in adjustment.amounts.items():
            scores[product] += amount * (unit if unit > 0 else 1.0)
    best = max((scores[product] for product in shown), default=0.0)
    return {product: score / best for product, score in scores.items()} if best > 0 else scores


def _renumber(draw: Draw, decision: Decision, new_place: dict[ProductId, int]) -> Draw:
    """Return the draw with its ballots as indexes of another order."""
    names = [action.product_id for action in decision.actions]
    ballots = tuple(
        tuple(new_place[names[index]] for index in ballot if names[index] in new_place)
        for ballot in draw.ballots
    )
    return replace(draw, ballots=ballots)
