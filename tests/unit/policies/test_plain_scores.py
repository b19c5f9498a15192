"""Plain scores are those of a base policy that shows all alike, whatever it prefers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from personalization.domain.context import Context
from personalization.domain.decision import ActionSource
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.tuning import DEFAULT_TUNING
from personalization.policies.plain_scores import plain_scores, relevance_weight
from personalization.ports.policy import Candidate
from personalization.ranking.blend import Blend, Drafts, WeighedEvidence
from personalization.ranking.ranker import Considered, RankedActions, rank_actions
from tests.builders.decision import a_decision

IDS = [ProductId(product) for product in "abc"]
DECISION = a_decision()


@dataclass(frozen=True)
class Preferring:
    """A base policy of known probabilities."""

    chances: list[float]
    name: str = "preferring"
    version: str = "1"

    def probabilities(self, context: Context, candidates: Sequence[Candidate]) -> list[float]:
        del context, candidates
        return self.chances


def ranked_by(chances: list[float], signals: int) -> RankedActions:
    popularity, neighbours = [0.5, 0.2, 0.3], [0.0, 0.4, 0.1]
    columns = [popularity, neighbours][: 1 + signals]
    weights = {"popularity": 1.0, "neighbours": 0.7}
    drafts = Drafts(np.array([[0.9, 0.3, 0.1]]), np.array(columns))
    named = dict(list(weights.items())[: 1 + signals])
    evidence = WeighedEvidence.of(DECISION.evidence[:1], DEFAULT_TUNING)
    blend = Blend.of(evidence, named, drafts, signals)
    considered = Considered(IDS, [CategoryId("shirts")] * 3, [(ActionSource.POPULAR,)] * 3)
    return rank_actions(DECISION.context, considered, blend, Preferring(chances))


def plain_of(ranked: RankedActions) -> dict[ProductId, float]:
    plain = plain_scores(ranked.actions, relevance_weight(ranked.live_weight, ranked.frame))
    ids = [action.product_id for action in ranked.actions]
    return dict(zip(ids, plain.tolist(), strict=True))


@pytest.mark.parametrize("signals", [0, 1])
def test_they_are_the_scores_where_the_base_policy_prefers_nothing(signals: int) -> None:
    ranked = ranked_by([1 / 3] * 3, signals)

    assert DECISION.evidence
    assert plain_of(ranked) == pytest.approx(
        {action.product_id: action.score for action in ranked.actions}
    )


@pytest.mark.parametrize("signals", [0, 1])
def test_a_favourite_of_the_base_policy_changes_scores_and_no_plain_one(signals: int) -> None:
    alike, preferring = ranked_by([1 / 3] * 3, signals), ranked_by([0.05, 0.05, 0.9], signals)

    assert preferring.actions[0].product_id != alike.actions[0].product_id
    assert plain_of(preferring) == pytest.approx(plain_of(alike))


def test_without_evidence_they_are_shares_of_the_best_prior() -> None:
    candidates = [Candidate(product, CategoryId("shirts"), 0.0, 0.2) for product in IDS[:2]]

    assert plain_scores(candidates, relevance_weight(0.0, DECISION.frame)).tolist() == [1, 1]
    assert np.array_equal(plain_scores([], 0.5), [])
