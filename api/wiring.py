from api.profiles.first_profiles import FirstProfiles
from api.sessions.session_tokens import SessionTokens, key_in
from api.state import ApiServices
from personalization.decisions.durable_decisions import KeptDecisions
from personalization.domain.clock import Clock, SystemClock
from personalization.ports.stores import KeptStores, LiveStores
from personalization.settings.serving import ServingSettings
from personalization.wiring import CoreSettings, open_ranking

KEY_FILE = "session_tokens.key"


def build_services(
    settings: CoreSettings,
    serving: ServingSettings,
    kept: KeptStores,
    live: LiveStores,
    clock: Clock | None = None,
) -> ApiServices:
    """Return the services; publishing to a log object that is read here too wakes its consumers."""
    ranking = open_ranking(kept, settings, clock)
    return ApiServices(
        publisher=live.log,
        profiles=live.profiles,
        sessions=live.sessions,
        notifier=live.notifier,
        history=kept.history,
        claims=kept.claims,
        decisions=KeptDecisions(kept.decisions, live.log),
        catalogue=kept.catalogue,
        catalogue_cache=ranking.catalogue,
        priors=kept.priors,
        profile_maker=FirstProfiles(
            ranking.maker,
            ranking.policy,
            settings.learning.snapshot_seconds,
            ranking.priors.read_ahead,
        ),
        rules=ranking.rules,
        visible_lists=ranking.decider.visible_lists,
        clock=clock or SystemClock(),
        settings=serving,
        tokens=_tokens(settings, serving),
    )


def _tokens(settings: CoreSettings, serving: ServingSettings) -> SessionTokens:
    if serving.secret is not None:
        return SessionTokens(serving.secret.get_secret_value().encode())
    return SessionTokens(key_in(settings.storage.home / KEY_FILE))
