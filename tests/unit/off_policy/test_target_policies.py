"""Target policies give the actions of a position probabilities; tables hold them as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from personalization.domain.context import Context
from personalization.learning.linear_values import LinearValues
from personalization.learning.product_outcomes import LearnedProducts
from personalization.learning.rounds import ShownImpression, shown_impression
from personalization.off_policy.estimate import estimate
from personalization.off_policy.estimator import Estimator
from personalization.off_policy.past_log import weigh_by_policy
from personalization.off_policy.reward_model import RewardModel, fold_of
from personalization.off_policy.round_table import RoundTable, round_table, round_tables
from personalization.off_policy.target_policies import Drawn, target_policies
from personalization.off_policy.weighed_rounds import WeighedRounds
from personalization.policies.draws import DrawMaker
from personalization.policies.placement import Placement
from personalization.policies.spec import PolicySpec
from personalization.ports.policy import Candidate
from personalization.ports.value_models import ServedModels
from tests.builders.shown_slate import ShownSlate


@dataclass(frozen=True)
class Known:
    """Models that are known."""

    models: ServedModels


class Descending:
    """A policy that is none of ours, in single precision as Vowpal Wabbit's."""

    name = version = "descending"
    models = ServedModels(version="descending")

    def pin(self) -> "Descending":
        return self

    def probabilities(self, context: Context, candidates: Sequence[Candidate]) -> list[float]:
        del context
        weights = np.arange(len(candidates), 0, -1, dtype=np.float32)
        return [float(weight) for weight in weights / weights.sum()]


def positions(slates: int, epsilon: float = 0.5) -> list[ShownImpression]:
    """Return all positions; `p2` pleases everybody."""
    return [
        shown_impression(slate.decision, product, float(product == "p2"))
        for slate in (ShownSlate.make(number, epsilon) for number in range(slates))
        for product in slate.products
    ]


@pytest.fixture(scope="module")
def table() -> RoundTable:
    shown = positions(400)
    return round_table(shown, target_policies(Descending()), RewardModel(shown))


def test_every_policy_gives_probabilities() -> None:
    shown = positions(1)[0]
    given = {
        policy.name: list(policy.probabilities(shown)) for policy in target_policies(Descending())
    }

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
    found = estimate(Estimator.IPS, weigh_by_policy([table])["served"])

    assert found.value == pytest.approx(table.reward.mean(), abs=1e-9)
    assert found.weights.largest == pytest.approx(1.0)


def test_estimates_find_the_policy_that_shows_what_pleases(table: RoundTable) -> None:
    # While p2 remains the most popular policy shows it, and uniform one time in m.
    remains = np.array(
        [any(a.product_id == "p2" for a in position.remaining) for position in positions(400)]
    )
    found = {
        name: estimate(Estimator.SNIPS, rounds) for name, rounds in weigh_by_policy([table]).items()
    }

    assert found["popularity"].interval is not None
    assert remains.mean() in found["popularity"].interval
    assert found["uniform"].interval is not None
    assert (remains / table.size).mean() in found["uniform"].interval


def test_a_greedy_log_refuses_other_policies() -> None:
    shown = positions(200, epsilon=0.0)
    found = round_table(shown, target_policies(Descending()), RewardModel(shown))

    verdict = estimate(Estimator.IPS, weigh_by_policy([found])["uniform"]).verdict

    assert "of its probability to actions that the log could not show" in verdict.reasons[0]


def test_tables_of_any_size_are_the_same_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = positions(40)
    asked, model = target_policies(Descending()), RewardModel(shown)
    whole = weigh_by_policy(round_tables(shown, asked, model))
    monkeypatch.setattr("personalization.off_policy.round_table.ROUNDS_AT_ONCE", 7)
    parts = weigh_by_policy(round_tables(shown, asked, model))

    for name, rounds in whole.items():
        for field in WeighedRounds.__dataclass_fields__:
            assert np.array_equal(getattr(rounds, field), getattr(parts[name], field)), field


def test_no_positions_make_no_rounds() -> None:
    tables = round_tables([], target_policies(Descending()), RewardModel([]))

    assert weigh_by_policy(tables) == {}


def test_a_round_is_predicted_without_its_session() -> None:
    first = [position for position in positions(200) if position.slot.position == 0]
    shown = [
        replace(position, outcome=float(fold_of(position.decision.session_id) == 0))
        for position in first
    ]
    model = RewardModel(shown)
    predicted = np.array([model.predict(position)[position.chosen] for position in shown])
    own = np.array([position.outcome == 1 for position in shown])

    # Only fold 0 has outcomes: its own model has seen none of them.
    assert set(predicted[own].tolist()) == {0.0}
    assert predicted[~own].mean() == pytest.approx(0.25, abs=0.06)


@pytest.mark.parametrize("position", [0, 2])
def test_any_policy_of_a_placement_can_be_asked_about(position: int) -> None:
    decision = ShownSlate.make(3, 0.5).decision
    shown = shown_impression(decision, decision.slate[position].product_id, 0.0)
    linear, products = LinearValues(None), LearnedProducts(None)
    models = ServedModels(version="7", rounds=2_000, linear=linear, products=products)
    maker = DrawMaker(Known(models))

    for text in (
        "softmax:inverse_temperature=2",
        "squarecb",
        "epsilon-decreasing",
        "rated",
        "linucb",
        "ucb",
        "bayes-ucb",
        "earned",
    ):
        spec = PolicySpec.parse(text)
        given = Drawn(spec, maker, text).probabilities(shown)
        (draw,) = maker.draws((Placement(size=3, policy=spec),), decision, decision.seed)
        scores = [action.score for action in decision.actions]

        assert given == draw.probabilities(scores, decision.remaining_at(decision.slate[position]))
        assert len(given) == len(shown.remaining)
        assert sum(given) == pytest.approx(1.0)
