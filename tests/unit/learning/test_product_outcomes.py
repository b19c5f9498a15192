"""What products earned: means, bounds and deviation by hand, corrections, size and resuming."""

from dataclasses import replace
from math import log, sqrt
from statistics import NormalDist

import msgspec
import numpy as np
import pytest

from personalization.domain.decision import Action
from personalization.domain.errors import DamagedSnapshotError, RefusedSnapshotError
from personalization.domain.identifiers import ProductId
from personalization.learning.product_outcomes import LearnedProducts, ProductLearner
from personalization.policies.policy import Ballots, Policy, Question
from personalization.policies.spec import PolicySpec
from personalization.ports.policy import Candidate, LearningRound
from personalization.ports.value_models import ServedModels, Values
from tests.builders.decision import a_decision
from tests.builders.learning_rounds import learning_rounds

DECISION = a_decision()


def an_action(product: str, score: float = 0.0) -> Action:
    return DECISION.actions[0]._replace(product_id=ProductId(product), score=score)


def a_round(product: str, outcome: float, score: float = 0.0) -> LearningRound:
    shown = Candidate.of(an_action(product))
    return LearningRound(DECISION.context, (shown,), 0, 0.5, outcome, score=score)


def products_after(*rounds: LearningRound) -> LearnedProducts:
    learner = ProductLearner(None)
    learner.learn(rounds)
    return LearnedProducts(learner.dump())


def values_of(policy: Policy, text: str, products: LearnedProducts, *actions: Action) -> Values:
    """Return what a policy orders its actions by."""
    caught: list[Values] = []

    class Caught(Question):
        def ballots(self, values: Values) -> Ballots:
            caught.append(values[0])
            return ()

    spec = PolicySpec.parse(text)
    ranked = replace(DECISION, actions=actions)
    models = ServedModels(version="7", products=products)
    assert policy.ballots is not None
    policy.ballots(Caught(spec.kind, spec.parameters, ranked, models, slots=1, seed=1))
    return caught[0]


def test_a_product_that_nobody_saw_is_worth_its_score() -> None:
    means = LearnedProducts(None).means([an_action("a", 1.0), an_action("b", 0.5)], 0.1, 100)

    assert means.mean == pytest.approx([0.1, 0.05])
    assert means.n.tolist() == [100, 100]


def test_a_mean_is_of_what_a_product_earned_above_its_score() -> None:
    products = products_after(
        a_round("a", 1.0, 0.5), a_round("a", 0.0, 1.0), a_round("b", 0.2, 1.0)
    )

    means = products.means([an_action("a", 0.8), an_action("b", 0.0), an_action("c", 0.3)], 0.1, 1)

    # a: 0.08 + (1 - 0.05 + 0 - 0.1) / 3, b: 0 + (0.2 - 0.1) / 2
    assert means.mean == pytest.approx([0.08 + 0.85 / 3, 0.05, 0.03])
    assert means.n.tolist() == [3, 2, 1]
    assert products.rounds == 3


def test_without_a_score_it_is_the_mean_of_the_textbook_with_one_impression_of_nothing() -> None:
    products = products_after(*[a_round("a", 1.0, 0.9)] * 3, a_round("a", 0.0, 0.7))

    assert products.means([an_action("a", 1.0)], 0.0, 1).mean == pytest.approx([3 / 5])


def test_ucb_adds_c_times_the_root_of_log_n_by_n() -> None:
    products = products_after(*[a_round("a", 1.0)] * 2, a_round("b", 0.0))

    bounds = values_of(
        PolicySpec.parse("ucb").policy,
        "ucb:c=0.5,slope=0,prior=1", products, an_action("a"), an_action("b"), an_action("c"),
    )  # fmt: skip

    wide = 0.5 * sqrt(log(4))
    assert bounds == pytest.approx([2 / 3 + wide / sqrt(3), wide / sqrt(2), wide])


def test_bayesian_ucb_takes_the_quantile_of_the_posterior() -> None:
    products = products_after(*[a_round("a", 1.0)] * 2, a_round("b", 0.0))

    quantiles = values_of(
        PolicySpec.parse("bayes-ucb").policy,
        "bayes-ucb:slope=0,prior=1", products, an_action("a"), an_action("b"), an_action("c"),
    )  # fmt: skip

    # Squares within products: 2 - 2 * 2 / 3; t = 5, the rounds being three and the first t two.
    sigma = sqrt((10 * 0.04 + 2 / 3) / 13)
    assert products.deviation(0.0, 1) == pytest.approx(sigma)
    posteriors = [NormalDist(2 / 3, sigma / sqrt(3)), NormalDist(0, sigma / sqrt(2))]
    expected = [posterior.inv_cdf(1 - 1 / 5) for posterior in (*posteriors, NormalDist(0, sigma))]
    assert quantiles == pytest.approx(expected)


def test_the_deviation_becomes_that_of_the_outcomes_whatever_the_products_earn() -> None:
    generator = np.random.default_rng(3)
    drawn = [(number % 5, generator.normal(number % 5 / 5, 0.05)) for number in range(3_000)]

    products = products_after(*[a_round(f"p{product}", outcome) for product, outcome in drawn])

    # 0.05 of the draws; five means from 0 to 0.8 and the ten rounds of 0.2 believed before: 1.6.
    assert products.deviation(0.0, 1) == pytest.approx(sqrt(0.05**2 + 1.6 / 3_010), rel=0.03)


def test_a_corrected_outcome_leaves_the_sums_of_the_new_one() -> None:
    first, late = a_round("a", 0.25, 0.5), a_round("a", 0.75, 0.5)

    corrected, once = products_after(first, replace(late, corrects=0.25)), products_after(late)

    asked = [an_action("a", 1.0)]
    assert corrected.rounds == once.rounds == 1
    assert corrected.means(asked, 0.1, 1).mean == pytest.approx(once.means(asked, 0.1, 1).mean)
    assert corrected.deviation(0.1, 1) == pytest.approx(once.deviation(0.1, 1))


def test_beyond_so_many_products_the_one_shown_longest_ago_begins_again() -> None:
    learner = ProductLearner(None, most=2)
    learner.learn([a_round(product, 1.0) for product in ("a", "b", "a", "c")])
    # What was forgotten cannot be corrected.
    learner.learn([replace(a_round("b", 0.0), corrects=1.0)])

    products = LearnedProducts(learner.dump())

    means = products.means([an_action(product) for product in "abc"], 0.0, 1)
    assert means.n.tolist() == [3, 1, 2]
    assert means.mean == pytest.approx([2 / 3, 0, 1 / 2])
    assert products.rounds == 4
    assert np.isfinite(products.deviation(0.0, 1))


def test_a_learner_that_was_saved_and_loaded_goes_on_to_the_same_bytes() -> None:
    everything = learning_rounds(300)
    everything += [replace(each, outcome=1.0, corrects=each.outcome) for each in everything[50:90]]
    whole, first = ProductLearner(None, most=5), ProductLearner(None, most=5)
    whole.learn(everything)
    first.learn(everything[:100])
    resumed = ProductLearner(first.dump(), most=5)
    resumed.learn(everything[100:])

    assert resumed.dump() == whole.dump() != first.dump()


def test_earnings_are_sums_of_outcomes_and_of_what_relevance_and_prior_said_together() -> None:
    features = ((0.4, 0.0), (0.1, 0.3))
    candidates = tuple(
        Candidate.of(an_action(product)._replace(relevance=relevance, prior=prior))
        for product, (relevance, prior) in zip("ab", features, strict=True)
    )
    shown = LearningRound(DECISION.context, candidates, 1, 0.5, 1.0, relevance_weight=0.75)

    earnings = products_after(shown, replace(shown, outcome=0.0)).earnings([an_action("b")])

    # Twice 0.15 of a best of 0.3.
    assert earnings.plain == pytest.approx([1.0])
    assert (earnings.impressions.tolist(), earnings.outcomes.tolist()) == ([2], [1])


def test_a_part_kept_before_plain_scores_were_is_read_with_the_scores_instead() -> None:
    kept = ProductLearner(None)
    kept.learn([a_round("a", 1.0, 0.5)])
    state = msgspec.msgpack.decode(kept.dump())
    former = msgspec.msgpack.encode({**state, "sums": state["sums"][: 3 * 8]})

    earnings = LearnedProducts(former).earnings([an_action("a")])

    assert (earnings.outcomes.tolist(), earnings.plain.tolist()) == ([1.0], [0.5])
    means = LearnedProducts(former).means([an_action("a", 1.0)], 0.1, 1)
    assert means.mean == LearnedProducts(kept.dump()).means([an_action("a", 1.0)], 0.1, 1).mean


def test_sums_that_are_no_numbers_are_not_promoted() -> None:
    learner = ProductLearner(None)
    learner.learn([a_round("a", float("nan"))])

    with pytest.raises(RefusedSnapshotError, match="not finite"):
        learner.dump()


@pytest.mark.parametrize("damage", [b"", b"\x00", b"\xff" * 20])
def test_a_part_that_cannot_be_read_is_a_damaged_snapshot(damage: bytes) -> None:
    with pytest.raises(DamagedSnapshotError):
        LearnedProducts(damage)
    whole = ProductLearner(None)
    whole.learn([a_round("a", 1.0)])
    with pytest.raises(DamagedSnapshotError):
        ProductLearner(whole.dump()[:-3])
