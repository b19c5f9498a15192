from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial

from evaluation.simulation.memory_models import MemoryModels
from evaluation.simulation.online_models import OnlineModels, Untaught
from personalization.adapters.vowpal.model_parts import BASE
from personalization.adapters.vowpal.policy import COLD_VERSION, VowpalPolicy
from personalization.audit.recording import Auditor
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.decisions.decision_maker import DecisionMaker
from personalization.domain.clock import SystemClock
from personalization.domain.errors import DamagedSnapshotError
from personalization.domain.models.learned_model import LearnedModel
from personalization.experiments.admission import Admission
from personalization.experiments.editor import ExperimentEditor
from personalization.experiments.past_experiments import PastExperiments
from personalization.experiments.service import ExperimentService
from personalization.learning.model_set import ModelSet
from personalization.learning.past_rounds import PastRounds
from personalization.learning_wiring import load_models, open_learner
from personalization.merchandising.current_rules import rules_of_version
from personalization.neighbours.erasures import read_erasures
from personalization.policies.spec import PolicySpec
from personalization.ports.catalogue import Catalogue
from personalization.ports.event_history import EventHistory
from personalization.ports.model_store import ModelStore
from personalization.ports.stores import KeptStores
from personalization.ports.value_models import ServedPolicy
from personalization.replay.decision_replay import DecisionReplay, ReplayStores
from personalization.wiring import (
    CoreSettings,
    catalogue_cache,
    open_checked,
    open_ranking,
    pinned_policy,
    ranking_config,
    sizes_of,
)

KEPT_RULES = 20
"""Versions of the merchandising rules held at once."""
KEPT_POLICIES = 8
"""Models held at once, some megabytes each: neighbours in time share theirs."""


@dataclass(frozen=True, slots=True)
class EvaluationResources:
    """The served ranking, and the history that baselines learn from."""

    decider: DecisionMaker
    catalogue: CatalogueCache
    history: EventHistory
    categories: Mapping[str, str]
    """Product -> category, of the whole catalogue."""


@contextmanager
def open_decider(settings: CoreSettings) -> Iterator[EvaluationResources]:
    with open_checked(settings) as kept:
        ranking = open_ranking(kept, settings)
        categories = categories_of(kept.catalogue)
        yield EvaluationResources(ranking.decider, ranking.catalogue, kept.history, categories)


def categories_of(catalogue: Catalogue) -> dict[str, str]:
    """Return product -> category, of the whole catalogue."""
    products = (product for chunk in catalogue.all_products() for product in chunk)
    return {str(product.product_id): str(product.category_id) for product in products}


@dataclass(frozen=True, slots=True)
class PastResources:
    """The past rounds, and the current snapshot of the models."""

    rounds: PastRounds
    policy: ServedPolicy


@contextmanager
def open_past(settings: CoreSettings) -> Iterator[PastResources]:
    with open_checked(settings) as kept:
        rounds = PastRounds(kept.history, kept.decisions, settings.learning.outcome_rules)
        yield PastResources(rounds, open_ranking(kept, settings).policy)


@dataclass(frozen=True, slots=True)
class DryRunResources:
    decider: DecisionMaker
    catalogue: CatalogueCache
    rounds: PastRounds
    kept: KeptStores


@contextmanager
def open_dry_run(settings: CoreSettings) -> Iterator[DryRunResources]:
    with open_checked(settings) as kept:
        ranking = open_ranking(kept, settings)
        rounds = PastRounds(kept.history, kept.decisions, settings.learning.outcome_rules)
        yield DryRunResources(ranking.decider, ranking.catalogue, rounds, kept)


@contextmanager
def open_experiments(settings: CoreSettings) -> Iterator[ExperimentService]:
    with open_checked(settings) as kept:
        ranking = open_ranking(kept, settings)
        learned = ranking.policy.models.available
        yield ExperimentService(
            ExperimentEditor(kept.plans, Auditor(kept.audit)),
            PastExperiments(kept.history, kept.decisions, kept.catalogue),
            Admission(kept.models, learned, ranking.decider.placements, settings.tuning),
            SystemClock(),
        )


@dataclass(frozen=True, slots=True)
class ReplayResources:
    replay: DecisionReplay
    kept: KeptStores


@contextmanager
def open_replay(settings: CoreSettings) -> Iterator[ReplayResources]:
    """Open the past with the priors and models that are still kept of it."""
    with open_checked(settings) as kept:
        yield ReplayResources(replay_over(kept, settings), kept)


def replay_over(kept: KeptStores, settings: CoreSettings) -> DecisionReplay:
    stores = ReplayStores(
        history=kept.history,
        priors=kept.priors,
        catalogue=catalogue_cache(kept, settings.ranking.catalogue_seconds),
        policy_of=lru_cache(KEPT_POLICIES)(partial(policy_of, kept.models)),
        rules_of=lru_cache(KEPT_RULES)(partial(rules_of_version, kept.plans)),
        erasures=read_erasures(kept.plans),
    )
    return DecisionReplay(stores, ranking_config(settings), sizes_of(settings.ranking))


def policy_of(models: ModelStore, version: str) -> ServedPolicy | None:
    """Return the policy of a snapshot, None if that is no longer kept or damaged."""
    kept = (snapshot.version for snapshot in models.versions())
    if version != COLD_VERSION and version not in kept:
        return None
    try:
        # Whatever the decision asked: a model that was not learned then is not asked now.
        return pinned_policy(models, load_models(frozenset(LearnedModel)), version)
    except DamagedSnapshotError:
        return None


def open_online(policy: PolicySpec, every_rounds: int) -> OnlineModels:
    """Return cold models of what a policy asks, and the policy that they serve as they learn.

    A base model that plays no part in a policy's draws stays cold: it takes most of the time.
    """
    asked = policy.policy.model
    learned = frozenset({LearnedModel.BASE} if asked is None else {LearnedModel.BASE, asked})
    store = MemoryModels()
    served = VowpalPolicy(store, load_models(learned))
    learners = open_learner(learned, {})
    if policy.policy.goes_by_plain_scores:
        base = Untaught(learners.models[BASE.name].dump())
        learners = ModelSet({**learners.models, BASE.name: base})
    return OnlineModels(learners, served, store, every_rounds)
