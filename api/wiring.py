"""Builds the services of the API from settings and the embedded adapters."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta

from api.first_profiles import FirstProfiles
from api.services import Services
from api.session_tokens import SessionTokens, key_in
from personalization.adapters.redis.notifier import RedisNotifier
from personalization.adapters.redis.profile_store import RedisProfileStore
from personalization.adapters.redis.server import EmbeddedRedis
from personalization.adapters.redis.session_store import RedisSessionStore
from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.adapters.sqlite.prior_store import SqlitePriorStore
from personalization.adapters.vowpal.policy import VowpalPolicy
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.domain.clock import Clock, SystemClock
from personalization.ports.event_log import EventPublisher
from personalization.ranking.active_priors import ActivePriors
from personalization.ranking.cached_catalogue import CachedCatalogue
from personalization.ranking.decision_maker import DecisionMaker, Sizes
from personalization.ranking.profile_maker import ProfileMaker, ProfileSizes
from personalization.settings.learning import LearningSettings
from personalization.settings.ranking import RankingSettings
from personalization.settings.redis import RedisSettings
from personalization.settings.serving import ServingSettings
from personalization.settings.storage import StorageSettings

KEY_FILE = "session_tokens.key"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """All settings of the process, each part read from the environment unless given."""

    serving: ServingSettings = field(default_factory=ServingSettings)
    storage: StorageSettings = field(default_factory=StorageSettings)
    redis: RedisSettings = field(default_factory=RedisSettings)
    ranking: RankingSettings = field(default_factory=RankingSettings)
    learning: LearningSettings = field(default_factory=LearningSettings)


def build_services(
    settings: ApiSettings, publisher: EventPublisher | None = None, clock: Clock | None = None
) -> Services:
    """Return the services; `Services.close` lets go of what was opened here.

    A process that also reads the log hands in its own `publisher`, which it closes itself:
    one log object wakes its consumers at once. Starts a Redis where the settings name none,
    or finds the one that already runs in the home folder.
    """
    with ExitStack() as opened:
        storage = settings.storage
        free = storage.minimum_free_mib
        if publisher is None:
            publisher = SqliteEventLog(storage.log_file, free)
            opened.callback(publisher.close)
        decisions = SqliteDecisionHistory(storage.decisions_file, free)
        opened.callback(decisions.close)
        catalogue = SqliteCatalogue(storage.catalogue_file, free)
        opened.callback(catalogue.close)
        priors = SqlitePriorStore(storage.priors_file, free)
        opened.callback(priors.close)
        url = settings.redis.url or opened.enter_context(EmbeddedRedis(storage.home)).url
        profiles = RedisProfileStore(url, settings.redis)
        opened.callback(profiles.close)
        sessions = RedisSessionStore(url, settings.redis)
        opened.callback(sessions.close)
        notifier = RedisNotifier(url, settings.redis)
        opened.callback(notifier.close)
        return Services(
            publisher=publisher,
            profiles=profiles,
            sessions=sessions,
            notifier=notifier,
            decisions=decisions,
            catalogue=catalogue,
            priors=priors,
            profile_maker=_first_profiles(settings, priors, catalogue),
            clock=clock or SystemClock(),
            settings=settings.serving,
            tokens=_tokens(settings),
            close=opened.pop_all().close,
        )


def _first_profiles(
    settings: ApiSettings, priors: SqlitePriorStore, catalogue: SqliteCatalogue
) -> FirstProfiles:
    ranking = settings.ranking
    active = ActivePriors(priors)
    cached = CachedCatalogue(catalogue)
    policy = VowpalPolicy(SnapshotFolder(settings.storage.models))
    decider = DecisionMaker(
        active, cached, policy, Sizes(ranking.maximum_actions, ranking.slate_size)
    )
    sizes = ProfileSizes(
        products=ranking.profile_products,
        categories=ranking.profile_categories,
        life=timedelta(hours=ranking.profile_hours),
    )
    maker = ProfileMaker(decider, active, cached, sizes)
    return FirstProfiles(maker, policy, settings.learning.snapshot_seconds)


def _tokens(settings: ApiSettings) -> SessionTokens:
    secret = settings.serving.secret
    if secret is not None:
        return SessionTokens(secret.get_secret_value().encode())
    return SessionTokens(key_in(settings.storage.home / KEY_FILE))
