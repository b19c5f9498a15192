from collections.abc import Callable
from typing import Final

from api.schemas.health import Dependency, Health
from api.state import ApiServices, ApiState
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.ports.topics import USER_INTERACTIONS

UP: Final = "up"
DEGRADED: Final = "degraded"
DOWN: Final = "down"
LOG_SECONDS: Final = 2.0
"""A log that has not taken an empty batch after this long cannot take events."""
_NOBODY: Final = SessionId("00000000-0000-0000-0000-000000000000")


def health_of(state: ApiState) -> Health:
    """Return the state of each dependency (a blocking call); only the log decides readiness."""
    services = state.services
    dependencies = {
        "log": _check(lambda: _log(services), DOWN, "No event can be taken"),
        "profiles": _check(
            lambda: _profiles(services), DEGRADED, "The last known profiles or priors are served"
        ),
        "priors": _check(
            lambda: _priors(services), DEGRADED, "New visitors cannot be given priors"
        ),
        "streams": Dependency(UP)
        if state.hub.is_running()
        else Dependency(
            DEGRADED, "Streams are not fed until Redis tells of changes; they recover alone."
        ),
    }
    return Health(ready=dependencies["log"].state == UP, dependencies=dependencies)


def _check(check: Callable[[], Dependency], state: str, consequence: str) -> Dependency:
    try:
        return check()
    except (StoreUnavailableError, TimeoutError) as error:
        return Dependency(state, f"{consequence}: {error or 'no answer in time'}")


def _log(services: ApiServices) -> Dependency:
    services.publisher.publish(USER_INTERACTIONS, []).result(LOG_SECONDS)
    return Dependency(UP)


def _profiles(services: ApiServices) -> Dependency:
    services.profiles.read_many([_NOBODY])
    return Dependency(UP)


def _priors(services: ApiServices) -> Dependency:
    generation = services.priors.active()
    if generation is None:
        return Dependency(DEGRADED, "No generation of priors has been promoted: run `nightly`.")
    return Dependency(UP, f"Generation {generation.generation_id} is active.")
