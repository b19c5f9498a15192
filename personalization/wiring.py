"""The embedded default, wired: every port played by SQLite, Redis or Vowpal Wabbit."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from personalization.adapters.redis.notifier import RedisNotifier
from personalization.adapters.redis.profile_store import RedisProfileStore
from personalization.adapters.redis.server import EmbeddedRedis
from personalization.adapters.redis.session_store import RedisSessionStore
from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.adapters.sqlite.prior_store import SqlitePriorStore
from personalization.adapters.vowpal.policy import VowpalPolicy
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.ranking.active_priors import ActivePriors
from personalization.ranking.cached_catalogue import CachedCatalogue
from personalization.ranking.decision_maker import DecisionMaker, Sizes
from personalization.ranking.profile_maker import ProfileMaker, ProfileSizes
from personalization.settings.learning import LearningSettings
from personalization.settings.ranking import RankingSettings
from personalization.settings.redis import RedisSettings
from personalization.settings.storage import StorageSettings


@dataclass(frozen=True, slots=True)
class CoreSettings:
    """What every process of the embedded default shares; read from the environment."""

    storage: StorageSettings = field(default_factory=StorageSettings)
    redis: RedisSettings = field(default_factory=RedisSettings)
    ranking: RankingSettings = field(default_factory=RankingSettings)
    learning: LearningSettings = field(default_factory=LearningSettings)


@dataclass(frozen=True, slots=True)
class KeptStores:
    """The stores that are files."""

    history: SqliteEventHistory
    decisions: SqliteDecisionHistory
    catalogue: SqliteCatalogue
    priors: SqlitePriorStore
    models: SnapshotFolder


@dataclass(frozen=True, slots=True)
class LiveStores:
    """The log and what lives in Redis."""

    log: SqliteEventLog
    profiles: RedisProfileStore
    sessions: RedisSessionStore
    notifier: RedisNotifier


@dataclass(frozen=True, slots=True)
class Ranking:
    """The ranking path over the kept stores, with caches of its own."""

    maker: ProfileMaker
    decider: DecisionMaker
    policy: VowpalPolicy
    catalogue: CachedCatalogue


@contextmanager
def open_kept(settings: CoreSettings) -> Iterator[KeptStores]:
    """Open the stores of a home folder that are files."""
    storage = settings.storage
    storage.home.mkdir(parents=True, exist_ok=True)
    free = storage.minimum_free_mib
    with ExitStack() as stack:
        yield KeptStores(
            history=stack.enter_context(closing(SqliteEventHistory(storage.history_file, free))),
            decisions=stack.enter_context(
                closing(SqliteDecisionHistory(storage.decisions_file, free))
            ),
            catalogue=stack.enter_context(closing(SqliteCatalogue(storage.catalogue_file, free))),
            priors=stack.enter_context(closing(SqlitePriorStore(storage.priors_file, free))),
            models=SnapshotFolder(storage.models, settings.learning.kept_snapshots),
        )


@contextmanager
def open_live(settings: CoreSettings) -> Iterator[LiveStores]:
    """Open the log, and Redis: the one in the settings, or one of our own."""
    storage, redis = settings.storage, settings.redis
    storage.home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        url = redis.url or stack.enter_context(EmbeddedRedis(storage.home)).url
        yield LiveStores(
            log=stack.enter_context(
                closing(SqliteEventLog(storage.log_file, storage.minimum_free_mib))
            ),
            profiles=stack.enter_context(closing(RedisProfileStore(url, redis))),
            sessions=stack.enter_context(closing(RedisSessionStore(url, redis))),
            notifier=stack.enter_context(closing(RedisNotifier(url, redis))),
        )


def open_ranking(kept: KeptStores, settings: RankingSettings) -> Ranking:
    """Build the ranking path; each thread that ranks continually should have its own."""
    catalogue = CachedCatalogue(kept.catalogue)
    priors = ActivePriors(kept.priors)
    policy = VowpalPolicy(kept.models)
    decider = DecisionMaker(
        priors, catalogue, policy, Sizes(settings.maximum_actions, settings.slate_size)
    )
    sizes = ProfileSizes(
        products=settings.profile_products,
        categories=settings.profile_categories,
        life=timedelta(hours=settings.profile_hours),
    )
    maker = ProfileMaker(decider, priors, catalogue, sizes)
    return Ranking(maker, decider, policy, catalogue)
