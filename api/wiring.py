from functools import partial

from api.profiles.decision_tokens import DecisionTokens
from api.profiles.first_profiles import FirstProfiles
from api.sessions.session_tokens import SessionTokens, key_in
from api.state import ApiServices
from personalization.decisions.durable_decisions import KeptDecisions
from personalization.domain.clock import Clock, SystemClock
from personalization.domain.prior import OF_VIEWED_PRODUCTS
from personalization.ports.stores import KeptStores, LiveStores
from personalization.settings.serving import ServingSettings
from personalization.wiring import CoreSettings, open_first_decisions

KEY_FILE = "session_tokens.key"


def build_services(
    settings: CoreSettings,
    serving: ServingSettings,
    kept: KeptStores,
    live: LiveStores,
    clock: Clock | None = None,
) -> ApiServices:
    """Return the services; publishing to a log object that is read here too wakes its consumers."""
    ranking, first_decisions = open_first_decisions(kept, settings, clock)
    key = _key(settings, serving)
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
            first_decisions,
            ranking.policy,
            settings.learning.snapshot_seconds,
            # A first visit has viewed nothing.
            partial(ranking.priors.read_ahead, without=OF_VIEWED_PRODUCTS),
        ),
        first_decisions=first_decisions,
        rules=ranking.rules,
        visible_lists=ranking.decider.visible_lists,
        clock=clock or SystemClock(),
        settings=serving,
        tokens=SessionTokens(key),
        decision_tokens=DecisionTokens(key),
    )


def _key(settings: CoreSettings, serving: ServingSettings) -> bytes:
    if serving.secret is not None:
        return serving.secret.get_secret_value().encode()
    return key_in(settings.storage.home / KEY_FILE)
