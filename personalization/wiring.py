"""Every port played by an adapter, chosen by the settings alone.

Kafka plays the log where the settings name servers, Cassandra all that is kept where they name
nodes; without them both are files of the home folder.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
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
from personalization.adapters.sqlite.learned_rounds import SqliteLearnedRounds
from personalization.adapters.sqlite.people.people_store import SqlitePeopleStore
from personalization.adapters.sqlite.people.session_keys import SqliteSessionKeys
from personalization.adapters.sqlite.plan_store import SqlitePlanStore
from personalization.adapters.sqlite.prior_store import SqlitePriorStore
from personalization.adapters.sqlite.waiting_events import SqliteWaitingEvents
from personalization.adapters.vowpal.policy import (
    COLD_VERSION,
    LoadModels,
    VowpalPolicy,
)
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.decisions.decision_maker import DecisionMaker, RankingConfig
from personalization.domain.clock import Clock, SystemClock
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.models.learned_model import parse_models
from personalization.experiments.decider import ExperimentDecider
from personalization.experiments.experiment import EXPERIMENT_BOOK, ExperimentBook
from personalization.experiments.pinned_snapshot import PinnedSnapshot
from personalization.experiments.pinned_versions import pinned_versions
from personalization.learning.anchored_snapshots import AnchoredSnapshots
from personalization.learning_wiring import load_models
from personalization.merchandising.current_rules import CurrentRules
from personalization.neighbours.erasures import current_erasures
from personalization.plans.current_plan import CurrentPlan
from personalization.policies.current_placements import CurrentPlacements, placements_of_setting
from personalization.ports.event_log import EventLog
from personalization.ports.model_store import ModelStore
from personalization.ports.plan_store import EXPERIMENTS
from personalization.ports.stores import KeptStores, LiveStores
from personalization.ports.topics import DEAD_LETTER
from personalization.priors.active_priors import ActivePriors
from personalization.profiles.builder import ProfileBuilder, ProfileSizes
from personalization.replay.first_decisions import FirstDecisions, FirstStores, LiveRanking
from personalization.retention.topic_lives import letters_life, topic_lives
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.consent import ConsentSettings
from personalization.settings.kafka import KafkaSettings
from personalization.settings.learning import LearningSettings
from personalization.settings.privacy import PrivacySettings
from personalization.settings.ranking import RankingSettings
from personalization.settings.redis import RedisSettings
from personalization.settings.retention import RetentionSettings
from personalization.settings.storage import StorageSettings
from personalization.settings.tuning import TuningSettings
from personalization.vault.field_cipher import FieldCipher
from personalization.vault.known_keys import check_ring
from personalization.vault.open_keys import open_privacy_keys
from personalization.vault.open_pseudonyms import MakesPrivate, PrivateHistory
from personalization.vault.sealed_log import SealedLog
from personalization.vault.session_keys import KeyCase

if TYPE_CHECKING:
    from personalization.adapters.kafka.event_log import KafkaEventLog

_DAY_HOURS = 24.0


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
    consent: ConsentSettings = field(default_factory=ConsentSettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)

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
    clock = SystemClock()
    keys = open_privacy_keys(settings.privacy, settings.storage.home, clock)
    make_private = partial(PrivateHistory.of, settings.privacy, keys, clock)
    if settings.cassandra.contact_points is None:
        with ExitStack() as stack:
            yield _kept_in_files(settings, stack, make_private)
        return
    # Imported by who has it: the drivers of the real stack take 8 MB of each process.
    from personalization.adapters.cassandra.kept_stores import open_cassandra

    snapshots = settings.learning.kept_snapshots
    hours = session_key_hours(settings)
    with open_cassandra(settings.cassandra, snapshots, make_private, hours) as kept:
        yield kept


def _kept_in_files(
    settings: CoreSettings, stack: ExitStack, make_private: MakesPrivate
) -> KeptStores:
    storage = settings.storage
    free = storage.minimum_free_mib
    plans = stack.enter_context(closing(SqlitePlanStore(storage.plans_file, free)))
    pinned = pinned_versions(plans)
    people = stack.enter_context(closing(SqlitePeopleStore(storage.people_file, free)))
    stored = stack.enter_context(closing(SqliteEventHistory(storage.history_file, free)))
    history, pseudonyms = make_private(stored, people)
    keys = SqliteSessionKeys(storage.people_file, session_key_hours(settings), free)
    return KeptStores(
        history=history,
        decisions=stack.enter_context(closing(SqliteDecisionHistory(storage.decisions_file, free))),
        claims=stack.enter_context(closing(SqliteClaimStore(storage.claims_file, free))),
        catalogue=stack.enter_context(closing(SqliteCatalogue(storage.catalogue_file, free))),
        priors=stack.enter_context(closing(SqlitePriorStore(storage.priors_file, free))),
        models=SnapshotFolder(storage.models, settings.learning.kept_snapshots, pinned),
        rounds=stack.enter_context(closing(SqliteLearnedRounds(storage.rounds_file, free))),
        plans=plans,
        audit=stack.enter_context(closing(SqliteAuditLog(storage.audit_file, free))),
        waiting=stack.enter_context(closing(SqliteWaitingEvents(storage.waiting_file, free))),
        people=people,
        session_keys=stack.enter_context(closing(keys)),
        pseudonyms=pseudonyms,
    )


@contextmanager
def open_checked(settings: CoreSettings) -> Iterator[KeptStores]:
    """Open what is kept for whoever reads or writes of people, by the keys of privacy of all.

    Raises `InvalidKeyError` in a process that has other ones than the rest. `open_kept` is for who
    meets nobody: a key of rules may be changed where no key of privacy is.
    """
    with open_kept(settings) as kept:
        check_privacy_keys(settings, kept)
        yield kept


def check_privacy_keys(settings: CoreSettings, kept: KeptStores) -> None:
    clock = SystemClock()
    keys = open_privacy_keys(settings.privacy, settings.storage.home, clock)
    check_ring(kept.plans, keys.current(), clock.now())


@contextmanager
def open_live(settings: CoreSettings, kept: KeptStores | None = None) -> Iterator[LiveStores]:
    """Open the log, Kafka or a file, and Redis: the one in the settings, or one of our own.

    Records of Kafka are opened by the keys that `kept` has; raises `ValueError` without it.
    """
    redis = settings.redis
    open_private(settings.storage.home)
    with ExitStack() as stack:
        url, server = redis.url, "Redis of the settings"
        if url is None:
            embedded = EmbeddedRedis(settings.storage.home, redis.memory_mib)
            url, server = stack.enter_context(embedded).url, f"the embedded {embedded.name}"
        yield LiveStores(
            log=stack.enter_context(closing(event_log_of(settings, kept))),
            profiles=stack.enter_context(closing(RedisProfileStore(url, redis))),
            sessions=stack.enter_context(closing(RedisSessionStore(url, redis))),
            scored=stack.enter_context(closing(RedisScoredSessions(url, redis))),
            notifier=stack.enter_context(closing(RedisNotifier(url, redis))),
            key_usage=stack.enter_context(closing(RedisKeyUsage(url, redis))),
            url=url,
            server=server,
        )


@contextmanager
def open_log(settings: CoreSettings, kept: KeptStores) -> Iterator[EventLog]:
    open_private(settings.storage.home)
    with closing(event_log_of(settings, kept)) as log:
        yield log


def event_log_of(settings: CoreSettings, kept: KeptStores | None) -> EventLog:
    log = stored_log_of(settings)
    if settings.kafka.servers is None or not settings.kafka.seals:
        return log
    if kept is None:
        raise ValueError("The records of Kafka are sealed: open what is kept first.")
    return SealedLog(log, partial(key_case, settings, kept))


def key_case(settings: CoreSettings, kept: KeptStores) -> KeyCase:
    """Return what opens the sealed records of the log."""
    clock = SystemClock()
    keys = open_privacy_keys(settings.privacy, settings.storage.home, clock)
    return KeyCase(kept.session_keys, FieldCipher(keys, clock))


def session_key_hours(settings: CoreSettings) -> float:
    """Return how long the key of a session is kept: a day longer than what it opens."""
    letters = letters_life(settings.retention)
    return max(settings.kafka.retention_hours, letters.hours) + _DAY_HOURS


def stored_log_of(settings: CoreSettings) -> "SqliteEventLog | KafkaEventLog":
    """Return the log with its records as they lie there."""
    if settings.kafka.servers is not None:
        from personalization.adapters.kafka.event_log import KafkaEventLog

        return KafkaEventLog(settings.kafka, {DEAD_LETTER: letters_life(settings.retention)})
    storage, lives = settings.storage, topic_lives(settings.retention)
    return SqliteEventLog(storage.log_file, storage.minimum_free_mib, lives=lives)


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
