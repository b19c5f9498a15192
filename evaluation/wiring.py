"""Builds what the evaluation asks: the served ranking over the stores of a home folder."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from personalization.learning.past_rounds import PastRounds
from personalization.ports.event_history import EventHistory
from personalization.ports.policy import RankingPolicy
from personalization.ranking.cached_catalogue import CachedCatalogue
from personalization.ranking.decision_maker import DecisionMaker
from personalization.wiring import CoreSettings, open_kept, open_ranking


@dataclass(frozen=True, slots=True)
class EvaluationKit:
    """The served ranking, and the history that baselines learn from."""

    decider: DecisionMaker
    catalogue: CachedCatalogue
    history: EventHistory
    categories: Mapping[str, str]
    """Product -> category, of the whole catalogue."""


@contextmanager
def open_decider(settings: CoreSettings) -> Iterator[EvaluationKit]:
    """Open the ranking with the current generation and model of a home folder."""
    with open_kept(settings) as kept:
        ranking = open_ranking(kept, settings)
        categories = {
            str(one.product_id): str(one.category_id)
            for chunk in kept.catalogue.all_products()
            for one in chunk
        }
        yield EvaluationKit(ranking.decider, ranking.catalogue, kept.history, categories)


@dataclass(frozen=True, slots=True)
class PastKit:
    """The past rounds, and the current snapshot of the learned policy."""

    rounds: PastRounds
    policy: RankingPolicy


@contextmanager
def open_past(settings: CoreSettings) -> Iterator[PastKit]:
    """Open what the shop has decided and what came of it."""
    with open_kept(settings) as kept:
        rounds = PastRounds(kept.history, kept.decisions, settings.learning.outcome_rules)
        yield PastKit(rounds, open_ranking(kept, settings).policy)
