"""The parts that the routes share, made once per application from its services."""

from dataclasses import dataclass

from starlette.types import Scope

from api.http.blocking_calls import BlockingCalls
from api.profiles.profile_cache import ProfileCache
from api.profiles.profile_reader import ProfileReader
from api.profiles.redaction import ShownProfiles
from api.profiles.rules_watch import RulesWatch
from api.profiles.stream_hub import StreamHub
from api.services import Services
from api.sessions.session_auth import SessionGate
from api.tracking.track_service import TrackDesk


@dataclass(frozen=True, slots=True)
class Workings:
    """What handlers call."""

    services: Services
    gate: SessionGate
    desk: TrackDesk
    reader: ProfileReader
    hub: StreamHub
    watch: RulesWatch


def build_workings(services: Services) -> Workings:
    """Put the parts together."""
    settings = services.settings
    blocking = BlockingCalls(settings.blocking_calls)
    capacity_bytes = settings.cached_profiles_mib * 2**20
    cache = ProfileCache(capacity_bytes, settings.cache_fresh_seconds, services.clock)
    shown = ShownProfiles(services.visible_lists, services.rules, services.clock)
    reader = ProfileReader(services, cache, shown, blocking)
    hub = StreamHub(reader, cache, services.notifier)
    return Workings(
        services=services,
        gate=SessionGate(services.tokens, services.sessions, services.clock, blocking),
        desk=TrackDesk(services, blocking),
        reader=reader,
        hub=hub,
        watch=RulesWatch(services.rules, services.clock, hub.on_rules),
    )


def workings_of(scope: Scope) -> Workings:
    """Return the workings of the application that handles a request."""
    workings = scope["app"].state.workings
    if not isinstance(workings, Workings):
        raise TypeError("the application was not made by create_app")
    return workings
