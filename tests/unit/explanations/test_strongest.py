"""Reasons by columns are those of the actions themselves, whatever they are made of."""

from random import Random

import numpy as np

from personalization.domain.action_table import ActionNumbers, ActionTable
from personalization.domain.decision import Decision, Evidence, Frame, Ingredients, PriorTerm
from personalization.domain.event import EventType
from personalization.domain.identifiers import CategoryId, EventId, ProductId
from personalization.explanations.clauses import Clauses, Subject
from personalization.explanations.interactions import Interactions
from personalization.explanations.strongest import Amounts, strongest_in_columns
from personalization.ranking.blend import event_amount, prior_amount
from tests.builders.decision import a_decision

PRIORS = ("popularity", "rating", "popularity_category", "neighbours", "return")
ACTIONS, SHOWN = 12, (0, 1, 2, 5, 11)
CATEGORIES = ("Hats", "Coats")


def a_made_up_decision(random: Random) -> Decision:
    """Return a decision of up to seven pieces of evidence; equal amounts are common."""
    evidence = tuple(
        Evidence(
            event_id=EventId(f"event-{age}"),
            type=random.choice((EventType.PRODUCT_VIEW, EventType.ADD_TO_CART)),
            subject=f"product-{random.randrange(4)}",
            label="A thing",
            reward=random.choice((1.0, 3.0, -1.0)),
            age=random.choice((0, age)),
            category_id=CategoryId(category.lower()),
            category_name=category,
        )
        for age in range(random.randrange(7))
        for category in [random.choice(CATEGORIES)]
    )
    names = PRIORS[: random.randrange(1, len(PRIORS) + 1)]
    terms = tuple(PriorTerm(name=name, weight=0.5, total=random.choice((1, 3))) for name in names)

    def numbers(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        drawn = [random.choice((0.0, 0.0, 0.5, random.random())) for _ in range(np.prod(shape))]
        return np.array(drawn).reshape(shape)

    table = ActionTable(
        [ProductId(f"product-{number}") for number in range(ACTIONS)],
        [CategoryId("hats")] * ACTIONS,
        [()] * ACTIONS,
        ActionNumbers(
            relevance=numbers(ACTIONS),
            prior=numbers(ACTIONS),
            score=numbers(ACTIONS),
            probability=0.1 + numbers(ACTIONS),
            cap=0.5 + numbers(ACTIONS),
            relevances=numbers(len(evidence), ACTIONS),
            strengths=numbers(len(terms), ACTIONS),
        ),
    )
    frame = Frame(priors=terms, normaliser=0.7, scale=1.3)
    return a_decision(evidence=evidence, actions=table, frame=frame, live_weight=random.random())


def amounts_of(decision: Decision) -> Amounts:
    weight, frame, unit = decision.live_weight, decision.frame, Ingredients(1.0, 1.0)
    return Amounts(
        groups=Interactions(decision.evidence, {}).groups,
        events=[event_amount(weight, frame, piece, unit, 1.0) for piece in decision.evidence],
        priors=[prior_amount(weight, frame, term, 1.0) for term in frame.priors],
    )


def test_reasons_by_columns_are_the_largest_clauses_of_the_actions_themselves() -> None:
    random, without_columns = Random(7), 0
    for _ in range(300):
        decision = a_made_up_decision(random)
        clauses, actions = Clauses(decision), tuple(decision.actions)
        ratings = [random.choice((None, 4.5)) for _ in SHOWN]
        by_hand = [
            next((of.words for of in clauses.of(actions[place], subject) if of.amount > 0), None)
            for place, rating in zip(SHOWN, ratings, strict=True)
            for subject in [Subject(title="", place="Hats", rating=rating)]
        ]

        reasons = Clauses(decision).product_reasons(SHOWN, ["Hats"] * len(SHOWN), ratings)

        assert reasons == [words or "To try something new" for words in by_hand]
        amounts = amounts_of(decision)
        without_columns += strongest_in_columns(decision.actions, SHOWN, amounts) is None
    assert 0 < without_columns < 300
