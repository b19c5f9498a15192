"""Every port played by an adapter, chosen by the settings alone.

Kafka plays the log where the settings name servers, Cassandra all that is kept where they name
nodes; without them both are files of the home folder.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from personalization.adapters.private_home import open_private
from personalization.adapters.redis.key_usage import RedisKeyUsage
from personalization.adapters.redis.notifier import RedisNotifier
from personalization.adapters.redis.profile_store import RedisProfileStore
from personalization.adapters.redis.scored_sessions import RedisScoredSessions
from personalization.adapters.redis.server import EmbeddedRedis
from personalization.adapters.redis.session_store import RedisSessionStore
from personalization.adapters.sqlite.audit_log import SqliteAuditLog
from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.claim_store import SqliteClaimStore
from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.adapters.sqlite.plan_store import SqlitePlanStore
from personalization.adapters.sqlite.prior_store import SqlitePriorStore
from personalization.adapters.sqlite.waiting_events import SqliteWaitingEvents
from personalization.adapters.vowpal.model_parts import BAG, BASE, REGCB
from personalization.adapters.vowpal.native_probabilities import NativeProbabilities
from personalization.adapters.vowpal.policy import (
    COLD_VERSION,
    LoadModels,
    VowpalLearner,
    VowpalPolicy,
)
from personalization.adapters.vowpal.promotion_check import check_model
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.adapters.vowpal.values import VowpalValues
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.decisions.decision_maker import DecisionMaker, RankingConfig
from personalization.domain.access.claim import claims_days
from personalization.domain.clock import Clock
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.models.learned_model import LearnedModel, parse_models
from personalization.experiments.decider import ExperimentDecider
from personalization.experiments.experiment import EXPERIMENT_BOOK, ExperimentBook
from personalization.experiments.pinned_snapshot import PinnedSnapshot
from personalization.experiments.pinned_versions import pinned_versions
from personalization.learning.anchored_snapshots import AnchoredSnapshots
from personalization.learning.linear_values import LINEAR_PART, LinearLearner, LinearValues
from personalization.learning.model_set import ModelSet, ResumableModel
from personalization.learning.product_outcomes import PRODUCTS_PART, LearnedProducts, ProductLearner
from personalization.learning.snapshot_list import rounds_of
from personalization.merchandising.current_rules import CurrentRules
from personalization.neighbours.erasures import current_erasures
from personalization.plans.current_plan import CurrentPlan
from personalization.policies.current_placements import CurrentPlacements, placements_of_setting
from personalization.ports.event_log import EventLog
from personalization.ports.model_store import ModelStore
from personalization.ports.plan_store import EXPERIMENTS
from personalization.ports.retention import Prune, RetainedStore, TopicLife
from personalization.ports.stores import KeptStores, LiveStores
from personalization.ports.topics import (
    DEAD_LETTER,
    DELAYED_DECISIONS,
    HISTORY_GROUP,
    LEARNER_GROUP,
    SCORER_GROUP,
    USER_INTERACTIONS,
)
from personalization.ports.value_models import ServedModels
from personalization.priors.active_priors import ActivePriors
from personalization.profiles.builder import ProfileBuilder, ProfileSizes
from personalization.replay.first_decisions import FirstDecisions, FirstStores, LiveRanking
from personalization.retention.retention import prune_files
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.kafka import KafkaSettings
from personalization.settings.learning import LearningSettings
from personalization.settings.ranking import RankingSettings
from personalization.settings.redis import RedisSettings
from personalization.settings.retention import RetentionSettings
from personalization.settings.storage import StorageSettings
from personalization.settings.tuning import TuningSettings

if TYPE_CHECKING:
    from personalization.adapters.kafka.event_log import KafkaEventLog


@dataclass(frozen=True, slots=True)
class CoreSettings:
    storage: StorageSettings = field(default_factory=StorageSettings)
    kafka: KafkaSettings = field(default_factory=KafkaSettings)
    cassandra: CassandraSettings = field(default_factory=CassandraSettings)
    redis: RedisSettings = field(default_factory=RedisSettings)
    ranking: RankingSettings = field(default_factory=RankingSettings)
    learning: LearningSettings = field(default_factory=LearningSettings)
    tuning: TuningSettings = field(default_factory=TuningSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)

    @classmethod
    def of_home(cls, home: Path) -> "CoreSettings":
        return cls(storage=StorageSettings(home=home))


@dataclass(frozen=True, slots=True)
class Ranking:
    maker: ProfileBuilder
    decider: DecisionMaker
    experiments: ExperimentDecider
    """Decides by the arms of running experiments, over `decider`."""
    policy: VowpalPolicy
    catalogue: CatalogueCache
    priors: ActivePriors
    rules: CurrentRules


@contextmanager
def open_kept(settings: CoreSettings) -> Iterator[KeptStores]:
    open_private(settings.storage.home)
    if settings.cassandra.contact_points is None:
        with ExitStack() as stack:
            yield _kept_in_files(settings, stack)
        return
    # Imported by who has it: the drivers of the real stack take 8 MB of each process.
    from personalization.adapters.cassandra.kept_stores import open_cassandra

    with open_cassandra(settings.cassandra, settings.learning.kept_snapshots) as kept:
        yield kept


def _kept_in_files(settings: CoreSettings, stack: ExitStack) -> KeptStores:
    storage = settings.storage
    free = storage.minimum_free_mib
    plans = stack.enter_context(closing(SqlitePlanStore(storage.plans_file, free)))
    pinned = pinned_versions(plans)
    return KeptStores(
        history=stack.enter_context(closing(SqliteEventHistory(storage.history_file, free))),
        decisions=stack.enter_context(closing(SqliteDecisionHistory(storage.decisions_file, free))),
        claims=stack.enter_context(closing(SqliteClaimStore(storage.claims_file, free))),
        catalogue=stack.enter_context(closing(SqliteCatalogue(storage.catalogue_file, free))),
        priors=stack.enter_context(closing(SqlitePriorStore(storage.priors_file, free))),
        models=SnapshotFolder(storage.models, settings.learning.kept_snapshots, pinned),
        plans=plans,
        audit=stack.enter_context(closing(SqliteAuditLog(storage.audit_file, free))),
        waiting=stack.enter_context(closing(SqliteWaitingEvents(storage.waiting_file, free))),
    )


@contextmanager
def open_live(settings: CoreSettings) -> Iterator[LiveStores]:
    """Open the log, Kafka or a file, and Redis: the one in the settings, or one of our own."""
    redis = settings.redis
    open_private(settings.storage.home)
    with ExitStack() as stack:
        url, server = redis.url, "Redis of the settings"
        if url is None:
            embedded = EmbeddedRedis(settings.storage.home, redis.memory_mib)
            url, server = stack.enter_context(embedded).url, f"the embedded {embedded.name}"
        yield LiveStores(
            log=stack.enter_context(closing(_log(settings))),
            profiles=stack.enter_context(closing(RedisProfileStore(url, redis))),
            sessions=stack.enter_context(closing(RedisSessionStore(url, redis))),
            scored=stack.enter_context(closing(RedisScoredSessions(url, redis))),
            notifier=stack.enter_context(closing(RedisNotifier(url, redis))),
            key_usage=stack.enter_context(closing(RedisKeyUsage(url, redis))),
            server=server,
        )


@contextmanager
def open_log(settings: CoreSettings) -> Iterator[EventLog]:
    open_private(settings.storage.home)
    with closing(_log(settings)) as log:
        yield log


def _log(settings: CoreSettings) -> "SqliteEventLog | KafkaEventLog":
    if settings.kafka.servers is not None:
        from personalization.adapters.kafka.event_log import KafkaEventLog

        return KafkaEventLog(settings.kafka, {DEAD_LETTER: _letters_life(settings.retention)})
    storage, lives = settings.storage, topic_lives(settings.retention)
    return SqliteEventLog(storage.log_file, storage.minimum_free_mib, lives=lives)


def topic_lives(retention: RetentionSettings) -> Mapping[str, TopicLife]:
    hours, unread_hours = retention.log_hours, retention.unread_log_hours
    everyone = (SCORER_GROUP, HISTORY_GROUP, LEARNER_GROUP)
    return {
        USER_INTERACTIONS: TopicLife(hours, everyone, unread_hours),
        DELAYED_DECISIONS: TopicLife(hours, (HISTORY_GROUP,), unread_hours),
        DEAD_LETTER: _letters_life(retention),
    }


def _letters_life(retention: RetentionSettings) -> TopicLife:
    return TopicLife(retention.dead_letter_hours, most_bytes=retention.dead_letter_mib * 2**20)


@contextmanager
def open_retention(settings: CoreSettings) -> Iterator[Sequence[RetainedStore]]:
    """Open every store that keeps something only for a time."""
    open_private(settings.storage.home)
    retention, storage = settings.retention, settings.storage
    files_life = timedelta(days=retention.working_files_days)
    with ExitStack() as stack:
        log = stack.enter_context(closing(_log(settings)))
        yield (
            *_retained_log(log, settings),
            *_retained_histories(settings, stack),
            RetainedStore(
                "airflow logs",
                f"{retention.working_files_days} days",
                lambda now: prune_files(storage.airflow / "logs", now, files_life),
            ),
        )


def _retained_log(
    log: "SqliteEventLog | KafkaEventLog", settings: CoreSettings
) -> tuple[RetainedStore, ...]:
    retention = settings.retention
    letters = f"{retention.dead_letter_hours:g} hours, {retention.dead_letter_mib} MiB"
    if isinstance(log, SqliteEventLog):
        life = f"{retention.log_hours:g} hours; dead letters {letters}"
        return (RetainedStore("log", life, log.prune, log.compact),)

    def set_lives(_: datetime) -> int:
        log.set_lives()
        return 0

    return (
        RetainedStore("log", f"{settings.kafka.retention_hours:g} hours"),
        RetainedStore("dead letters", letters, set_lives),
    )


def _retained_histories(settings: CoreSettings, stack: ExitStack) -> tuple[RetainedStore, ...]:
    cassandra, storage = settings.cassandra, settings.storage
    retention = settings.retention if cassandra.contact_points is None else cassandra
    days = {
        "events": retention.events_days,
        "decisions": retention.decisions_days,
        "claims": claims_days(retention.events_days, retention.decisions_days),
        "audit log": retention.audit_days,
        "audit log of the catalogue": retention.audit_catalogue_days,
    }
    if cassandra.contact_points is not None:
        return tuple(RetainedStore(name, _days(kept)) for name, kept in days.items())
    free = storage.minimum_free_mib
    audit = stack.enter_context(closing(SqliteAuditLog(storage.audit_file, free)))
    stores: dict[
        str, SqliteEventHistory | SqliteDecisionHistory | SqliteClaimStore | SqliteAuditLog
    ] = {
        "events": stack.enter_context(closing(SqliteEventHistory(storage.history_file, free))),
        "decisions": stack.enter_context(
            closing(SqliteDecisionHistory(storage.decisions_file, free))
        ),
        "claims": stack.enter_context(closing(SqliteClaimStore(storage.claims_file, free))),
        "audit log": audit,
    }
    return (
        *(
            RetainedStore(
                name, _days(days[name]), _prune_days(store.prune, days[name]), store.compact
            )
            for name, store in stores.items()
        ),
        RetainedStore(
            "audit log of the catalogue",
            _days(retention.audit_catalogue_days),
            _prune_days(audit.prune_catalogue, retention.audit_catalogue_days),
        ),
    )


def _days(days: int) -> str:
    return f"{days} days" if days else "for ever"


def _prune_days(prune: Prune, days: int) -> Prune:
    return lambda now: prune(now - timedelta(days=days)) if days else 0


def open_ranking(kept: KeptStores, settings: CoreSettings, clock: Clock | None = None) -> Ranking:
    """Build the ranking path, one for each thread that ranks; raises `InvalidPolicyError`."""
    learned = parse_models(settings.learning.models)
    load = load_models(learned)
    catalogue = catalogue_cache(kept, settings.ranking.catalogue_seconds, clock)
    priors = ActivePriors(kept.priors, current_erasures(kept.plans))
    # Pages need no model: one that cannot be read makes slates plainer, and is told of.
    policy = VowpalPolicy(kept.models, load, else_cold=True)
    plans, seconds = kept.plans, settings.ranking.plan_seconds
    rules = CurrentRules(plans, seconds)
    config = replace(ranking_config(settings), rules=rules)
    placed = CurrentPlacements(plans, config.placements, learned, seconds)
    decider = DecisionMaker(priors, catalogue, policy, config, plan=placed)
    decode = EXPERIMENT_BOOK.decode
    experiments = CurrentPlan(plans, EXPERIMENTS, decode, ExperimentBook(), seconds)
    pinned = partial(pinned_policy, kept.models, load)
    experimenting = ExperimentDecider(decider, experiments, pinned)
    maker = ProfileBuilder(experimenting, sizes_of(settings.ranking))
    return Ranking(maker, decider, experimenting, policy, catalogue, priors, rules)


def open_first_decisions(
    kept: KeptStores, settings: CoreSettings, clock: Clock | None = None
) -> tuple[Ranking, FirstDecisions]:
    """Build the ranking path of first visits: by snapshots that are kept long enough."""
    ranking = open_ranking(replace(kept, models=AnchoredSnapshots(kept.models)), settings, clock)
    live = LiveRanking(
        ranking.maker, ranking.priors, ranking.policy, ranking.rules, ranking.catalogue
    )
    load = load_models(parse_models(settings.learning.models))
    stores = FirstStores(kept.priors, kept.plans, partial(pinned_policy, kept.models, load))
    return ranking, FirstDecisions(live, stores, ranking.decider.config, sizes_of(settings.ranking))


def catalogue_cache(
    kept: KeptStores, every_seconds: float, clock: Clock | None = None
) -> CatalogueCache:
    """Return a cache that follows what is written within so many seconds."""
    return CatalogueCache(kept.catalogue, clock, every_seconds)


def check_snapshot(parts: Mapping[str, bytes]) -> Mapping[str, float]:
    """Return how far scorers are from each model's own; raises `RefusedSnapshotError`."""
    return {name: check_model(body) for name, body in parts.items() if name.endswith(".vw")}


def ranking_config(settings: CoreSettings) -> RankingConfig:
    """Return what the settings say of decisions; they know no rules."""
    return RankingConfig(
        actions=settings.ranking.maximum_actions,
        placements=placements_of_setting(settings.ranking),
        tuning=settings.tuning.tuning(),
    )


def sizes_of(settings: RankingSettings) -> ProfileSizes:
    return ProfileSizes(
        products=settings.profile_products,
        categories=settings.profile_categories,
        life=timedelta(hours=settings.profile_hours),
    )


def pinned_policy(models: ModelStore, load: LoadModels, version: str) -> VowpalPolicy:
    """Return the policy of one snapshot, or the one that has learned nothing yet.

    Raises `StoreUnavailableError` while the snapshot cannot be read, `DamagedSnapshotError` where
    it never can be again.
    """
    pinned = PinnedSnapshot(models, None if version == COLD_VERSION else version)
    policy = VowpalPolicy(pinned, load)
    if policy.version != version:
        raise StoreUnavailableError(f"Snapshot {version} cannot be read now.")
    return policy


def load_models(learned: frozenset[LearnedModel]) -> LoadModels:
    """Return what makes served models of a snapshot; one that it lacks begins cold."""

    def load(version: str, parts: Mapping[str, bytes]) -> ServedModels:
        return ServedModels(
            version=version,
            rounds=rounds_of(parts),
            bag=_bag(parts) if LearnedModel.BAG in learned else None,
            regcb=NativeProbabilities(parts.get(REGCB.name), REGCB.arguments)
            if LearnedModel.REGCB in learned
            else None,
            linear=LinearValues(parts.get(LINEAR_PART)) if LearnedModel.LINEAR in learned else None,
            products=LearnedProducts(parts.get(PRODUCTS_PART))
            if LearnedModel.PRODUCTS in learned
            else None,
        )

    return load


def _bag(parts: Mapping[str, bytes]) -> VowpalValues:
    bag = [VowpalValues(parts.get(part.name), part.arguments) for part in BAG]
    return VowpalValues.together(bag)


def open_learner(learned: frozenset[LearnedModel], parts: Mapping[str, bytes]) -> ModelSet:
    """Return the models that are learned, as a snapshot left them; others begin cold."""
    vowpal = {LearnedModel.BASE: [BASE], LearnedModel.BAG: BAG, LearnedModel.REGCB: [REGCB]}
    wanted = [part for name in vowpal if name in learned for part in vowpal[name]]
    models: dict[str, ResumableModel] = {
        part.name: VowpalLearner(parts.get(part.name), part.arguments) for part in wanted
    }
    if LearnedModel.LINEAR in learned:
        models[LINEAR_PART] = LinearLearner(parts.get(LINEAR_PART))
    if LearnedModel.PRODUCTS in learned:
        models[PRODUCTS_PART] = ProductLearner(parts.get(PRODUCTS_PART))
    return ModelSet(models)
