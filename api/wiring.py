"""Builds the services of the API from settings and the embedded adapters."""

from contextlib import ExitStack
from dataclasses import dataclass, field

from api.first_profiles import FirstProfiles
from api.services import Services
from api.session_tokens import SessionTokens, key_in
from personalization.domain.clock import Clock, SystemClock
from personalization.ports.event_log import EventPublisher
from personalization.ranking.kept_decisions import KeptDecisions
from personalization.settings.learning import LearningSettings
from personalization.settings.ranking import RankingSettings
from personalization.settings.redis import RedisSettings
from personalization.settings.serving import ServingSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept, open_live, open_ranking

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
    core = CoreSettings(settings.storage, settings.redis, settings.ranking, settings.learning)
    with ExitStack() as opened:
        kept = opened.enter_context(open_kept(core))
        live = opened.enter_context(open_live(core))
        ranking = open_ranking(kept, settings.ranking)
        return Services(
            publisher=publisher or live.log,
            profiles=live.profiles,
            sessions=live.sessions,
            notifier=live.notifier,
            decisions=KeptDecisions(kept.decisions, publisher or live.log),
            catalogue=kept.catalogue,
            priors=kept.priors,
            profile_maker=FirstProfiles(
                ranking.maker, ranking.policy, settings.learning.snapshot_seconds
            ),
            clock=clock or SystemClock(),
            settings=settings.serving,
            tokens=_tokens(settings),
            close=opened.pop_all().close,
        )


def _tokens(settings: ApiSettings) -> SessionTokens:
    secret = settings.serving.secret
    if secret is not None:
        return SessionTokens(secret.get_secret_value().encode())
    return SessionTokens(key_in(settings.storage.home / KEY_FILE))
