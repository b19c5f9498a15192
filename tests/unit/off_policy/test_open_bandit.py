"""The Open Bandit Dataset: two policies ran at once, so each one's log can foretell the other.

Saito, Aihara, Matsutani and Narita, Open Bandit Dataset and Pipeline, 2021. Its logs hold true
propensities; that of Bernoulli Thompson sampling (bts) changed while it ran, so its distribution
is taken to be the frequency with which it showed each item in a position.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow.parquet as pq
import pytest

from personalization.off_policy.estimate import estimate
from personalization.off_policy.estimator import Estimator
from personalization.off_policy.estimators import ESTIMATORS, group_by_session, sums_of
from personalization.off_policy.reliability import Support
from personalization.off_policy.weighed_rounds import Indices, Numbers, WeighedRounds
from personalization.statistics.ratio_sums import RatioSums
from tests.builders.rounds_without_model import rounds_without_model

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "obd"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the Open Bandit Dataset is not beside the project"
)
CAMPAIGNS = ("all", "women")
WEIGHTED = (Estimator.IPS, Estimator.SNIPS)


@dataclass(frozen=True, slots=True)
class Log:
    """One policy's log of a campaign."""

    item: Indices
    position: Indices
    click: Numbers
    propensity: Numbers

    @classmethod
    def read(cls, name: str) -> Self:
        table = pq.read_table(FOLDER / f"{name}.parquet")
        item, position, click, propensity = (
            table.column(column).to_numpy()
            for column in ("item_id", "position", "click", "propensity_score")
        )
        return cls(item.astype(np.int64), position.astype(np.int64) - 1, click * 1.0, propensity)

    @property
    def frequencies(self) -> Numbers:
        """How often each item was shown, by position: an average of the policy over its time."""
        counts = np.zeros((3, self.item.max() + 1))
        np.add.at(counts, (self.position, self.item), 1.0)
        frequency: Numbers = counts / counts.sum(axis=1, keepdims=True)
        return frequency

    def rounds(self, policy: Numbers) -> WeighedRounds:
        """Return the rounds, asked about a policy that depends on the position alone."""
        return rounds_without_model(
            reward=self.click,
            propensity=self.propensity,
            chosen=self.item,
            target=policy[self.position],
        ).weigh()

    def own_value(self) -> RatioSums:
        """Return the sums of the logging policy's own mean."""
        ones = np.ones_like(self.click)
        return RatioSums(
            groups=len(ones),
            numerator=float(self.click.sum()),
            denominator=float(ones.sum()),
            numerator_squares=float(self.click @ self.click),
            products=float(self.click.sum()),
            denominator_squares=float(ones.sum()),
        )


def sums(rounds: WeighedRounds, estimator: Estimator) -> RatioSums:
    return sums_of(group_by_session(ESTIMATORS[estimator](rounds), rounds))


@pytest.mark.parametrize("campaign", CAMPAIGNS)
@pytest.mark.parametrize("estimator", WEIGHTED)
def test_the_random_log_foretells_thompson_sampling(campaign: str, estimator: Estimator) -> None:
    random, thompson = Log.read(f"random_{campaign}"), Log.read(f"bts_{campaign}")
    found = sums(random.rounds(thompson.frequencies), estimator).normal_interval()
    own = thompson.own_value()

    assert found is not None
    assert own.value is not None
    assert own.value in found
    assert abs((found.low + found.high) / 2 - own.value) < 0.0015


@pytest.mark.parametrize("estimator", WEIGHTED)
def test_the_log_of_thompson_sampling_foretells_the_random_policy(estimator: Estimator) -> None:
    random, thompson = Log.read("random_all"), Log.read("bts_all")
    found = sums(thompson.rounds(np.full((3, 80), 1 / 80)), estimator).normal_interval()

    own = random.own_value()

    assert found is not None
    assert own.value is not None
    assert own.value in found


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_a_policy_is_worth_in_its_own_log_what_it_was(campaign: str) -> None:
    random = Log.read(f"random_{campaign}")
    items = random.item.max() + 1
    found = estimate(Estimator.IPS, random.rounds(np.full((3, items), 1 / items)))

    assert found.verdict.standing is Support.SUPPORTED
    assert found.value == pytest.approx(random.click.mean(), abs=1e-12)
    assert found.weights.effective_rounds == pytest.approx(10_000)


def test_true_propensities_make_the_mean_weight_one() -> None:
    weights = Log.read("bts_all").rounds(np.full((3, 80), 1 / 80)).weights()

    assert abs(weights.mean - 1) < 2 * weights.mean_error
    assert weights.effective_rounds == pytest.approx(340, abs=1)


def test_two_effective_rounds_out_of_ten_thousand_are_refused() -> None:
    thompson = Log.read("bts_women")

    found = estimate(Estimator.IPS, thompson.rounds(np.full((3, 46), 1 / 46)))

    assert found.weights.effective_rounds < 3
    assert found.weights.largest > 20_000
    assert found.verdict.standing is Support.REFUSED
    assert found.value is None
    assert "too few effective rounds (2 of 100)" in found.verdict.reasons


def test_clicks_as_rare_as_these_need_more_rounds_than_there_are() -> None:
    random, thompson = Log.read("random_all"), Log.read("bts_all")

    verdict = estimate(Estimator.SNIPS, random.rounds(thompson.frequencies)).verdict

    assert verdict.reasons == ("too few effective outcomes above 0 (15.4 of 20)",)
