"""Each policy's draw, from ranked actions and the models of a snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from personalization.domain.context import Context
from personalization.domain.decision import Decision
from personalization.domain.draw import Draw, Kernel
from personalization.domain.errors import InvalidPolicyError
from personalization.domain.models.learned_model import LearnedModel, parse_models
from personalization.learning.linear_values import LinearLearner, LinearValues
from personalization.learning.product_outcomes import LearnedProducts, ProductLearner
from personalization.policies.draws import DrawMaker, draw_slate, epsilon_after
from personalization.policies.placement import Placement, check_placements, parse_placements
from personalization.policies.spec import PolicySpec
from personalization.ports.policy import Candidate, LearningRound
from personalization.ports.value_models import ServedModels, Values
from tests.builders.shown_slate import ShownSlate

DECISION = ShownSlate.make(0).decision
SCORES = [action.score for action in DECISION.actions]
EVERY_ACTION = list(range(5))


@dataclass(frozen=True)
class Known:
    """Models whose answers are known."""

    models: ServedModels


@dataclass(frozen=True)
class Members:
    """An ensemble with the same values for every action set."""

    rows: Sequence[Sequence[float]]

    def values(self, context: Context, candidates: Sequence[Candidate]) -> Values:
        del context
        assert [candidate.product_id for candidate in candidates] == [
            f"p{index}" for index in EVERY_ACTION
        ]
        return np.array(self.rows)


@dataclass(frozen=True)
class Plausible:
    """Finds the same actions plausible in every set."""

    chances: list[float]

    def probabilities(self, context: Context, candidates: Sequence[Candidate]) -> list[float]:
        del context, candidates
        return self.chances


def draw_of(policy: str, decision: Decision = DECISION, **models: object) -> Draw:
    served = replace(ServedModels(version="7"), **models)  # type: ignore[arg-type]
    placement = Placement(size=2, policy=PolicySpec.parse(policy))
    (draw,) = DrawMaker(Known(served)).draws([placement], decision, seed=1)
    return draw


@pytest.mark.parametrize(
    ("policy", "rounds", "epsilon"),
    [
        ("epsilon-greedy:epsilon=0.3", 10_000, 0.3),
        ("epsilon-decreasing:epsilon=0.8,halfway=100,floor=0.1", 0, 0.8),
        ("epsilon-decreasing:epsilon=0.8,halfway=100,floor=0.1", 100, 0.4),
        ("epsilon-decreasing:epsilon=0.8,halfway=100,floor=0.1", 100_000, 0.1),
        ("epsilon-first:rounds=100,floor=0.1", 99, 1.0),
        ("epsilon-first:rounds=100,floor=0.1", 100, 0.1),
    ],
)
def test_exploration_follows_the_rounds_that_the_model_has_learned(
    policy: str, rounds: int, epsilon: float
) -> None:
    assert draw_of(policy, rounds=rounds).epsilon == pytest.approx(epsilon)
    assert epsilon_after(PolicySpec.parse(policy), rounds) == pytest.approx(epsilon)


def test_kernels_are_kept_with_their_parameters() -> None:
    soft, square = draw_of("softmax:inverse_temperature=3"), draw_of("squarecb:gamma=50")

    assert (soft.kernel, soft.inverse_temperature, soft.epsilon) == (Kernel.SOFTMAX, 3.0, 0.02)
    assert (square.kernel, square.gamma, square.epsilon) == (Kernel.SQUARECB, 50.0, 0.0)


def test_popularity_votes_in_the_order_of_the_prior_whatever_the_scores() -> None:
    draw = draw_of("popularity:epsilon=0.05")

    assert draw.ballots == ((2, 3),)
    assert draw.probabilities(SCORES, EVERY_ACTION) == pytest.approx(
        [0.01] * 2 + [0.96] + [0.01] * 2
    )


def test_rated_falls_back_to_product_ids_where_ratings_are_equal() -> None:
    assert draw_of("rated").ballots == ((0, 1),)


def test_each_member_of_the_bag_votes_for_its_best_and_then_for_its_next() -> None:
    bag = Members([[0, 0, 0, 1, 0], [0, 0, 1, 2, 0], [0, 0, 0, 0, 0], [9, 9, 9, 9, 10]])

    draw = draw_of("thompson-bag:members=3,epsilon=0", bag=bag)

    assert draw.ballots == ((3, 0), (3, 2), (0, 1))
    assert draw.probabilities(SCORES, EVERY_ACTION) == pytest.approx([1 / 3, 0, 0, 2 / 3, 0])
    assert draw.probabilities(SCORES, [0, 1, 2, 4]) == pytest.approx([2 / 3, 0, 1 / 3, 0])


def test_every_plausible_action_has_the_same_vote() -> None:
    regcb = Plausible([0.5, 0.0, 0.0, 0.5, 0.0])

    draw = draw_of("regcb:epsilon=0", regcb=regcb)

    assert draw.ballots == ((0, 3), (3, 0))
    assert draw.probabilities(SCORES, EVERY_ACTION) == pytest.approx([0.5, 0, 0, 0.5, 0])
    assert draw.probabilities(SCORES, [1, 2, 3, 4]) == pytest.approx([0, 0, 1.0, 0])


def test_of_many_plausible_actions_the_best_are_asked() -> None:
    assert len(draw_of("regcb:members=2", regcb=Plausible([0.2] * 5)).ballots) == 2


def test_a_cold_linear_model_keeps_to_the_order_of_the_scores() -> None:
    linear = LinearValues(None)

    assert draw_of("linucb:alpha=0", linear=linear).ballots == ((0, 1),)
    assert draw_of("thompson-linear:v=0,members=2", linear=linear).ballots == ((0, 1), (0, 1))


@pytest.mark.parametrize("policy", ["ucb", "bayes-ucb", "ucb:slope=0", "bayes-ucb:slope=0"])
def test_before_the_first_round_upper_bounds_keep_to_the_order_of_the_scores(policy: str) -> None:
    assert draw_of(policy, products=LearnedProducts(None)).ballots == ((0, 1),)


def test_a_product_leaves_the_order_of_the_scores_only_by_what_it_surely_earned() -> None:
    actions = tuple(map(Candidate.of, DECISION.actions))
    ignored = LearningRound(DECISION.context, actions, 0, 0.5, 0.0, score=SCORES[0])
    bought = replace(ignored, chosen=4, outcome=1.0, score=SCORES[4])
    learner = ProductLearner(None)

    assert draw_of("earned", products=LearnedProducts(learner.dump())).ballots == ((0, 1),)
    learner.learn([bought])
    learner.learn([ignored])
    assert draw_of("earned", products=LearnedProducts(learner.dump())).ballots == ((0, 1),)
    learner.learn([bought, ignored] * 200)
    assert draw_of("earned", products=LearnedProducts(learner.dump())).ballots[0][0] == 4


def test_what_the_base_model_prefers_plays_no_part_in_what_products_earned() -> None:
    favoured = DECISION.actions[2]._replace(score=1.5)
    others = [action for action in DECISION.actions if action.product_id != favoured.product_id]
    decision = replace(DECISION, actions=(favoured, *others))

    (ballot,) = draw_of("earned", decision, products=LearnedProducts(None)).ballots

    assert [decision.actions[index].product_id for index in ballot] == ["p0", "p1"]


def test_boosts_and_dislikes_reach_what_products_earned() -> None:
    first, second, third, *rest = DECISION.actions
    boosted = third._replace(ingredients=third.ingredients._replace(adjustments=((0, 0.9),)))
    disliked = first._replace(score=-0.1)
    decision = replace(DECISION, actions=(boosted, second, *rest, disliked))

    (ballot,) = draw_of("earned", decision, products=LearnedProducts(None)).ballots

    assert ballot == (0, 1)
    placement = Placement(size=5, policy=PolicySpec.parse("earned"))
    models = ServedModels(version="7", products=LearnedProducts(None))
    (draw,) = DrawMaker(Known(models)).draws([placement], decision, seed=1)
    assert draw.ballots[0][-1] == EVERY_ACTION[-1]


def test_a_product_that_disappoints_falls_behind_those_seen_less_often() -> None:
    learner = ProductLearner(None)
    actions = tuple(map(Candidate.of, DECISION.actions))
    ignored = LearningRound(DECISION.context, actions, 0, 0.5, 0.0, score=SCORES[0])
    learner.learn([ignored] * 50)
    bought = replace(ignored, chosen=4, outcome=1.0, score=SCORES[4])
    learner.learn([bought] * 50)
    products = LearnedProducts(learner.dump())

    for policy in ("ucb:prior=1", "bayes-ucb:prior=1"):
        ((first, second),) = draw_of(policy, products=products).ballots
        assert (first, second) == (4, 1)


def test_samples_are_the_decision_s_own_and_can_be_made_again() -> None:
    linear = LinearValues(LinearLearner(None).dump())

    first, again = (draw_of("thompson-linear:v=1", linear=linear) for _ in range(2))

    assert first == again
    assert len(first.ballots) == 20
    assert len(set(first.ballots)) > 1


def test_placements_have_samples_of_their_own_and_ballots_for_the_whole_page() -> None:
    placements = parse_placements("home=2 thompson-linear:v=1; aside=2 thompson-linear:v=1")
    models = Known(ServedModels(version="7", linear=LinearValues(None)))

    home, aside = DrawMaker(models).draws(placements, DECISION, seed=1)

    assert home.ballots != aside.ballots
    assert {len(ballot) for draw in (home, aside) for ballot in draw.ballots} == {4}
    slate = draw_slate(DECISION.actions, (home, aside), seed=3)
    assert len({slot.product_id for slot in slate}) == 4


@pytest.mark.parametrize("policy", ["thompson-bag:slope=0", "regcb:members=1", "popularity"])
def test_nobody_votes_for_what_may_not_be_shown(policy: str) -> None:
    bag = Members([[0.0, 0.0, 0.9, 0.8, 0.5]])
    regcb = Plausible([0.0, 0.0, 0.4, 0.3, 0.3])
    models = Known(ServedModels(version="7", bag=bag, regcb=regcb))
    placements = [Placement(size=2, policy=PolicySpec.parse(policy))]
    freely = DrawMaker(models).draws(placements, DECISION, 1)[0].ballots[0]

    (draw,) = DrawMaker(models).draws(placements, DECISION, 1, {"home": freely[:2]})

    assert draw.barred == freely[:2]
    assert draw.ballots
    assert draw.ballots[0]
    assert not set(draw.ballots[0]) & set(freely[:2])


@pytest.mark.parametrize(
    "policy", ["linucb", "thompson-linear", "thompson-bag", "regcb", "ucb", "bayes-ucb", "earned"]
)
def test_a_policy_without_its_model_is_refused_at_the_start(policy: str) -> None:
    placements = parse_placements(f"home=6 {policy}")

    with pytest.raises(InvalidPolicyError, match="FITTING_ROOM_LEARNING_MODELS"):
        check_placements(placements, parse_models("base"))
    with pytest.raises(InvalidPolicyError, match="not learned"):
        draw_of(policy)
    check_placements(placements, parse_models("bag, linear,regcb,products"))


def test_the_base_model_is_always_learned() -> None:
    assert parse_models("") == {LearnedModel.BASE}
    with pytest.raises(InvalidPolicyError, match="no model 'deep'"):
        parse_models("deep")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("home", "is written as"),
        ("home=0 softmax", "1 to 50 slots"),
        ("home=6 hardmax", "no policy 'hardmax'"),
        ("home=6 softmax; home=2 softmax", "two placements 'home'"),
        ("aside=6 softmax", "no placement 'home'"),
    ],
)
def test_what_is_wrong_with_placements_is_said(text: str, complaint: str) -> None:
    with pytest.raises(InvalidPolicyError, match=complaint):
        parse_placements(text)


def test_placements_are_read_in_the_order_of_drawing() -> None:
    home, aside = parse_placements("home=6 softmax:inverse_temperature=9; aside=4 linucb")

    assert (home.name, home.size, home.policy["inverse_temperature"]) == ("home", 6, 9.0)
    assert (aside.name, aside.size, str(aside.policy.kind)) == ("aside", 4, "linucb")
