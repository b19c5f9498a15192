"""Target policies give the actions of a position probabilities; tables hold them as arrays."""

from collections.abc import Sequence

import numpy as np
import pytest

from evaluation.off_policy.estimate import estimate
from evaluation.off_policy.past_log import logged_rounds
from personalization.domain.context import Context
from personalization.domain.estimator import Estimator
from personalization.learning.reward_model import FEATURES, cross_fitted, fold_of
from personalization.learning.round_table import RoundTable, round_table
from personalization.learning.rounds import ShownPosition, shown_position
from personalization.learning.target_policies import target_policies
from personalization.ports.policy import Candidate
from tests.builders.shown_slate import ShownSlate


class Descending:
    """A policy that is none of ours, in single precision as Vowpal Wabbit's."""

    name = version = "descending"

    def probabilities(self, context: Context, candidates: Sequence[Candidate]) -> list[float]:
        del context
        weights = np.arange(len(candidates), 0, -1, dtype=np.float32)
        return [float(one) for one in weights / weights.sum()]


def positions(slates: int, epsilon: float = 0.5) -> list[ShownPosition]:
    """Return all positions; `p2` pleases everybody."""
    return [
        shown_position(one.decision, product, float(product == "p2"))
        for one in (ShownSlate.make(number, epsilon) for number in range(slates))
        for product in one.products
    ]


@pytest.fixture(scope="module")
def table() -> RoundTable:
    return round_table(positions(400), target_policies(Descending()))


def test_every_policy_gives_probabilities() -> None:
    shown = positions(1)[0]
    given = {one.name: list(one.probabilities(shown)) for one in target_policies(Descending())}

    assert given["served"] == pytest.approx([0.6, 0.1, 0.1, 0.1, 0.1])
    assert given["greedy"] == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert given["epsilon-0.05"] == pytest.approx([0.96, 0.01, 0.01, 0.01, 0.01])
    assert given["uniform"] == pytest.approx([0.2] * 5)
    assert given["popularity"] == [0.0, 0.0, 1.0, 0.0, 0.0]
    assert given["snapshot"] == pytest.approx([5 / 15, 4 / 15, 3 / 15, 2 / 15, 1 / 15])
    assert sum(given["snapshot"]) == pytest.approx(1.0, abs=1e-12)


def test_a_table_pads_what_earlier_slots_took(table: RoundTable) -> None:
    assert len(table) == 1_200
    assert table.size[:3].tolist() == [5, 4, 3]
    assert table.logging[2, 3:].tolist() == [0.0, 0.0]
    assert table.predicted[2, 3:].tolist() == [0.0, 0.0]
    assert table.targets["uniform"][2].tolist() == pytest.approx([1 / 3] * 3 + [0.0] * 2)


def test_what_was_served_is_worth_its_mean_outcome(table: RoundTable) -> None:
    found = estimate(Estimator.IPS, logged_rounds(table, "served"))

    assert found.value == pytest.approx(table.reward.mean(), abs=1e-9)
    assert found.weights.largest == pytest.approx(1.0)


def test_estimates_find_the_policy_that_shows_what_pleases(table: RoundTable) -> None:
    # While p2 remains the most popular policy shows it, and uniform one time in m.
    remains = np.array([any(a.product_id == "p2" for a in one.remaining) for one in positions(400)])
    found = {name: estimate(Estimator.SNIPS, logged_rounds(table, name)) for name in table.targets}

    assert found["popularity"].interval is not None
    assert remains.mean() in found["popularity"].interval
    assert found["uniform"].interval is not None
    assert (remains / table.size).mean() in found["uniform"].interval


def test_a_greedy_log_refuses_other_policies() -> None:
    shown = positions(200, epsilon=0.0)
    found = round_table(shown, target_policies(Descending()))

    verdict = estimate(Estimator.IPS, logged_rounds(found, "uniform")).verdict

    assert "of its probability to actions that the log could not show" in verdict.reasons[0]


def test_no_positions_make_an_empty_table() -> None:
    empty = round_table([], target_policies(Descending()))

    assert len(empty) == 0
    assert "too few rounds" in str(estimate(Estimator.DR, logged_rounds(empty, "uniform")).verdict)


def test_a_round_is_predicted_without_its_session() -> None:
    sessions = [f"s{number}" for number in range(200)]
    features = np.zeros((200, 1, FEATURES))
    features[:, 0, 0] = 1.0
    outcomes = np.array([float(fold_of(one) == 0) for one in sessions])

    predicted = cross_fitted(features, features[:, 0], outcomes, sessions)[:, 0]

    # Only fold 0 has outcomes: its own model has seen none of them.
    assert set(predicted[outcomes == 1].tolist()) == {0.0}
    assert predicted[outcomes == 0].min() > 0.15
