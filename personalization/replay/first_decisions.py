"""Decisions of first visits: made without being written, and made again from what they name."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.codec.json_codec import DECISION
from personalization.decisions.decision_maker import DecisionMaker, RankingConfig
from personalization.domain.decision import Decision
from personalization.domain.errors import (
    DamagedSnapshotError,
    GoneDecisionError,
    InvalidPolicyError,
    InvalidRuleError,
)
from personalization.domain.first_visit import FirstConfig, FirstVisit
from personalization.domain.identifiers import GenerationId
from personalization.domain.session import Session
from personalization.domain.tuning import DEFAULT_TUNING, Tuning
from personalization.experiments.decider import Decider, ExperimentDecider
from personalization.experiments.experiment import EXPERIMENT_BOOK, ExperimentBook
from personalization.merchandising.current_rules import CurrentRules, FixedRules, rules_of_version
from personalization.plans.current_plan import NO_VERSION, Parsed
from personalization.policies.placement import Placement, on_profiles
from personalization.policies.spec import PolicySpec
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.plan_store import EXPERIMENTS, PlanStore
from personalization.ports.prior_store import PriorStore
from personalization.ports.value_models import ServedPolicy
from personalization.priors.active_priors import ActivePriors
from personalization.profiles.builder import ProfileBuilder, ProfileSizes

_KEPT_PRIORS, _KEPT_POLICIES, _KEPT_PLANS = 2, 2, 8
"""Of those that are no longer the newest; lists of priors and models are megabytes."""


@dataclass(frozen=True, slots=True)
class LiveRanking:
    """What decides now, shared with the decisions that are made again while it is still the same.

    So an outage of the stores hardly ever keeps a first decision from being made again.
    """

    builder: ProfileBuilder
    priors: ActivePriors
    policy: ServedPolicy
    rules: CurrentRules
    catalogue: CatalogueCache


@dataclass(frozen=True, slots=True)
class FirstStores:
    priors: PriorStore
    plans: PlanStore
    policy_of: Callable[[str], ServedPolicy]
    """Loads the policy of a snapshot; raises `DamagedSnapshotError` where it is gone."""


class FirstDecisions:
    def __init__(
        self, live: LiveRanking, stores: FirstStores, config: RankingConfig, sizes: ProfileSizes
    ) -> None:
        self._live = live
        self._stores = stores
        self._base = config
        self._config = config_to_keep(config, sizes)
        # Errors are not remembered, so that what was away is looked for again.
        self._past_priors = lru_cache(_KEPT_PRIORS)(self._read_priors)
        self._past_policy = lru_cache(_KEPT_POLICIES)(stores.policy_of)
        self._past_rules = lru_cache(_KEPT_PLANS)(self._read_rules)
        self._past_experiments = lru_cache(_KEPT_PLANS)(self._read_experiments)

    def make(self, session: Session, now: datetime) -> tuple[DecisionRecord, FirstVisit]:
        """Decide for a session that has no events; raises `NoActiveGenerationError`."""
        record, pinned = self._live.builder.make_with_inputs(session, now)
        decision = record.decision
        visit = FirstVisit(
            decision_id=decision.decision_id,
            session_id=decision.session_id,
            decided_at=now,
            region=decision.context.region,
            device=decision.context.device,
            generation_id=pinned.priors.generation().generation_id,
            model_version=pinned.policy.version,
            rules_version=decision.rules_version,
            experiments_version=pinned.experiments.version if pinned.experiments else NO_VERSION,
            in_arms=bool(decision.exposures),
            config=self._config._replace(placements=placements_to_keep(pinned.placements.document)),
            seed=decision.seed,
            digest=digest_of(decision),
        )
        return record, visit

    def make_again(self, visit: FirstVisit) -> DecisionRecord:
        """Raise `GoneDecisionError` where that can never be, `StoreUnavailableError` if not now."""
        session = Session(
            session_id=visit.session_id,
            started_at=visit.decided_at,
            watermark=visit.decided_at,
            region=visit.region,
            device=visit.device,
        )
        try:
            builder = ProfileBuilder(self._decider(visit), _sizes(visit.config))
            record = builder.make(session, visit.decided_at)
        except (DamagedSnapshotError, InvalidPolicyError, InvalidRuleError) as error:
            raise GoneDecisionError(str(error)) from error
        if digest_of(record.decision) != visit.digest:
            raise GoneDecisionError("The catalogue has changed: it would be another one now.")
        return record

    def _decider(self, visit: FirstVisit) -> Decider:
        config = replace(_config(visit.config, self._base), rules=self._rules(visit.rules_version))
        plan = self._past_experiments(visit.experiments_version) if visit.in_arms else None
        if plan is not None:
            config = replace(config, placements=_with_rows(config.placements, plan.document))
        maker = DecisionMaker(
            self._priors(visit.generation_id),
            self._live.catalogue,
            self._policy(visit.model_version),
            config,
        )
        return maker if plan is None else ExperimentDecider(maker, _FixedPlan(plan), self._policy)

    def _priors(self, generation_id: GenerationId) -> ActivePriors:
        live = self._live.priors.pin()
        if live.generation().generation_id == generation_id:
            return live
        return self._past_priors(generation_id)

    def _policy(self, version: str) -> ServedPolicy:
        live = self._live.policy.pin()
        return live if live.version == version else self._past_policy(version)

    def _rules(self, version: int) -> FixedRules:
        return self._live.rules.fixed_at(version) or self._past_rules(version)

    def _read_priors(self, generation_id: GenerationId) -> ActivePriors:
        for generation in self._stores.priors.generations():
            if generation.generation_id == generation_id:
                return ActivePriors.of(self._stores.priors, generation)
        raise GoneDecisionError("Its priors are no longer kept.")

    def _read_rules(self, version: int) -> FixedRules:
        return rules_of_version(self._stores.plans, version)

    def _read_experiments(self, version: int) -> Parsed[ExperimentBook]:
        if version == NO_VERSION:
            return Parsed(NO_VERSION, ExperimentBook())
        plan = self._stores.plans.read_version(EXPERIMENTS, version)
        if plan is None:
            raise GoneDecisionError("Its experiments are no longer kept.")
        return Parsed(version, EXPERIMENT_BOOK.decode(plan.body))


@dataclass(frozen=True, slots=True)
class _FixedPlan:
    plan: Parsed[ExperimentBook]

    def read(self) -> Parsed[ExperimentBook]:
        return self.plan


def digest_of(decision: Decision) -> str:
    return sha256(DECISION.encode(decision)).hexdigest()[:32]


def config_to_keep(config: RankingConfig, sizes: ProfileSizes) -> FirstConfig:
    default = asdict(DEFAULT_TUNING)
    return FirstConfig(
        actions=config.actions,
        placements=placements_to_keep(config.placements),
        tuning={key: of for key, of in asdict(config.tuning).items() if of != default[key]},
        products=sizes.products,
        categories=sizes.categories,
        life_seconds=sizes.life.total_seconds(),
    )


def placements_to_keep(placements: Sequence[Placement]) -> tuple[tuple[str, int, str], ...]:
    return tuple(
        (placement.name, placement.size, str(placement.policy))
        for placement in on_profiles(placements)
    )


def _config(kept: FirstConfig, base: RankingConfig) -> RankingConfig:
    placements = (
        Placement(name=name, size=size, policy=PolicySpec.parse(policy))
        for name, size, policy in kept.placements
    )
    tuning: Tuning = replace(DEFAULT_TUNING, **kept.tuning)  # type: ignore[arg-type] # Its own.
    return replace(base, actions=kept.actions, placements=tuple(placements), tuning=tuning)


def _with_rows(placements: tuple[Placement, ...], book: ExperimentBook) -> tuple[Placement, ...]:
    """Return the placements with those of rows that arms change: a first visit does not keep them.

    They were there, as its arms were given.
    """
    names = {
        name for experiment in book.running for arm in experiment.arms for name in arm.policies
    }
    lacking = names - {placement.name for placement in placements}
    return (*placements, *(Placement(name=name, on_profile=False) for name in sorted(lacking)))


def _sizes(kept: FirstConfig) -> ProfileSizes:
    return ProfileSizes(kept.products, kept.categories, timedelta(seconds=kept.life_seconds))
