"""Whether each part does what requests ask of it: tried for real, seldom, and within bounds.

What is tried leaves one tiny row, key or record of its own behind, however often it is asked.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from api.http.blocking_calls import BlockingCalls
from api.profiles.stream_hub import StreamHub
from api.schemas.health import Dependency, Health
from personalization.domain.access.claim import NOBODY, Claim
from personalization.domain.clock import Clock
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import DecisionId, ProductId, SessionId
from personalization.ports.catalogue import Catalogue
from personalization.ports.claim_store import ClaimStore
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_history import EventHistory
from personalization.ports.event_log import EventPublisher
from personalization.ports.prior_store import PriorStore
from personalization.ports.profile_store import ProfileStore, StoredProfile
from personalization.ports.topics import USER_INTERACTIONS

UP: Final = "up"
DEGRADED: Final = "degraded"
DOWN: Final = "down"
CHECK_SECONDS: Final = 5.0
"""What has not answered after this long could not take events either: beyond the stores' own
limits, so that the store's sentence is what is shown."""
LOG_SECONDS: Final = 4.0
"""The first time Kafka makes a topic for it."""
FRESH: Final = timedelta(seconds=1)
"""An answer is given again for so long, whoever asks: it costs writes."""
NEEDED: Final = ("log", "catalogue", "history", "claims", "profiles")
"""Without one of them the events of some shoppers are refused."""
_NAME: Final = "readiness"
"""Not the id of any session, product or decision."""
_NO_ANSWER: Final = "no answer in time"
_NO_PRIORS: Final = "No generation of priors has been promoted: run `nightly`."

_LOG = logging.getLogger(__name__)

RolesState = Callable[[], Mapping[str, Dependency]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessStores:
    publisher: EventPublisher
    catalogue: Catalogue
    decisions: DecisionHistory
    history: EventHistory
    claims: ClaimStore
    profiles: ProfileStore
    priors: PriorStore


@dataclass(frozen=True, slots=True)
class _Check:
    call: Callable[[], str]
    """Returns what there is to say."""
    state: str
    """The state when it fails."""
    consequence: str


class Readiness:
    """Asks all parts side by side on the threads of the requests.

    A check that hangs keeps its thread and is not begun again before it has ended.
    """

    def __init__(
        self,
        stores: ReadinessStores,
        hub: StreamHub,
        are_columns_read: Callable[[], bool],
        roles: RolesState,
        blocking: BlockingCalls,
        clock: Clock,
    ) -> None:
        self._checks = _checks_of(stores)
        self._hub = hub
        self._are_columns_read = are_columns_read
        self._roles = roles
        self._blocking = blocking
        self._clock = clock
        self._turn = asyncio.Lock()
        self._running: dict[str, asyncio.Task[Dependency]] = {}
        self._known: tuple[dict[str, Dependency], datetime] | None = None

    async def health(self) -> Health:
        """Return the state of each part; what stores answered is at most `FRESH` old."""
        async with self._turn:
            now = self._clock.now()
            if self._known is None or not timedelta() <= now - self._known[1] < FRESH:
                self._known = await self._ask(), now
            dependencies = {
                **self._known[0],
                "columns": self._columns(),
                "streams": self._streams(),
                **self._roles(),
            }
        ready = all(dependencies[name].state == UP for name in NEEDED)
        return Health(ready=ready, dependencies=dependencies)

    async def _ask(self) -> dict[str, Dependency]:
        for name, check in self._checks.items():
            if name not in self._running:
                run = self._blocking.run(partial(_dependency, check))
                self._running[name] = asyncio.create_task(run)
        await asyncio.wait(self._running.values(), timeout=CHECK_SECONDS)
        return {name: self._take(name) for name in self._checks}

    def _take(self, name: str) -> Dependency:
        check, task = self._checks[name], self._running[name]
        if not task.done():
            return Dependency(check.state, f"{check.consequence}: {_NO_ANSWER}")
        del self._running[name]
        error = task.exception()
        if error is None:
            return task.result()
        _LOG.error("a check failed", extra={"fields": {"check": name}}, exc_info=error)
        return Dependency(check.state, f"{check.consequence}: {type(error).__name__}")

    def _columns(self) -> Dependency:
        if self._are_columns_read():
            return Dependency(UP)
        return Dependency(
            DEGRADED, "Rows with a filter are refused until the whole catalogue has been read."
        )

    def _streams(self) -> Dependency:
        if self._hub.is_running():
            return Dependency(UP)
        return Dependency(
            DEGRADED, "Streams are not fed until Redis tells of changes; they recover alone."
        )


def _checks_of(stores: ReadinessStores) -> dict[str, _Check]:
    return {
        "log": _Check(partial(_write_log, stores.publisher), DOWN, "No event can be taken"),
        "catalogue": _Check(
            partial(_read_catalogue, stores.catalogue),
            DOWN,
            "Products cannot be read, and no event that names one not read lately can be taken",
        ),
        "history": _Check(
            partial(_read_history, stores.decisions),
            DOWN,
            "Decisions cannot be read, and newcomers' events may be refused",
        ),
        "claims": _Check(
            partial(_claim_session, stores.claims, stores.history),
            DOWN,
            "Who holds a session cannot be told, and newcomers' events are refused",
        ),
        "profiles": _Check(
            partial(_write_profile, stores.profiles),
            DEGRADED,
            "The last known profiles or priors are served, and newcomers' events are refused",
        ),
        "priors": _Check(
            partial(_read_priors, stores.priors), DEGRADED, "New visitors cannot be given priors"
        ),
    }


def _dependency(check: _Check) -> Dependency:
    try:
        said = check.call()
    except (StoreUnavailableError, TimeoutError) as error:
        return Dependency(check.state, f"{check.consequence}: {error or _NO_ANSWER}")
    return Dependency(DEGRADED if said == _NO_PRIORS else UP, said)


def _write_log(publisher: EventPublisher) -> str:
    written = publisher.publish(USER_INTERACTIONS, [])
    try:
        written.result(LOG_SECONDS)
    finally:
        written.cancel()
    return ""


def _read_catalogue(catalogue: Catalogue) -> str:
    catalogue.read_products([ProductId(_NAME)])
    return ""


def _read_history(decisions: DecisionHistory) -> str:
    decisions.read_decisions([DecisionId(_NAME)])
    return ""


def _claim_session(claims: ClaimStore, history: EventHistory) -> str:
    history.has_session(SessionId(_NAME))
    claims.claim(Claim(SessionId(_NAME), NOBODY, datetime.now(UTC)))
    return ""


def _write_profile(profiles: ProfileStore) -> str:
    # A version that is higher each time, since another would not be written.
    profiles.write_many({SessionId(_NAME): StoredProfile(time.time_ns() // 1_000, b"{}")})
    return ""


def _read_priors(priors: PriorStore) -> str:
    generation = priors.active()
    return _NO_PRIORS if generation is None else f"Generation {generation.generation_id} is active."
